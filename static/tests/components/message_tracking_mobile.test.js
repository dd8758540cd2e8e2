import { click, contains, openFormView, start } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAll, queryOne, queryRect } from "@odoo/hoot-dom";
import { advanceTime } from "@odoo/hoot-mock";
import {
    createTrackedMessage,
    defineMailTrackingModels,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";

describe.current.tags("mobile");
defineMailTrackingModels();

test("the line wraps on a phone, however long names are", async () => {
    const { partnerId } = await createTrackedMessage([
        makeTracking(),
        makeTracking({ recipient: `${"x".repeat(100)}@example.com` }),
        makeTracking({ recipient: "Jean-Baptiste de la Très-Longue-Maison" }),
    ]);
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_status", { count: 3 });
    const line = queryOne(".o_mail_tracking");
    expect(line.scrollWidth).toBe(line.clientWidth);
    const { left, right } = line.getBoundingClientRect();
    for (const icon of queryAll(".o_mail_tracking_icon")) {
        const rect = icon.getBoundingClientRect();
        expect(rect.left).toBeGreaterThan(left);
        expect(rect.right).toBeLessThan(right);
    }
});

test("a tap on the icon opens a sheet at the bottom of the screen, and back it goes", async () => {
    const tracking = makeTracking();
    const events = Array.from({ length: 100 }, (_, id) => ({
        id,
        detail: "250 Ok",
        time: "2019-03-11 08:30:00",
        title: "Sent",
        type: "sent",
    }));
    const { partnerId } = await createTrackedMessage([tracking], {
        tracking_details: { [tracking.tracking_id]: { action_url: false, events } },
    });
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o_mail_tracking_status");
    await contains(".o_bottom_sheet .o_mail_tracking_event", { count: 100 });
    await advanceTime(1000);
    const sheet = queryRect(".o_bottom_sheet_sheet");
    expect(sheet.width).toBe(window.innerWidth);
    expect(Math.round(sheet.bottom)).toBe(window.innerHeight);
    const content = queryOne(".o_mail_tracking_popover");
    expect(queryRect(content).bottom).toBeLessThan(window.innerHeight + 1);
    expect(content.scrollWidth).toBe(content.clientWidth);
    expect(content.scrollHeight).toBeGreaterThan(content.clientHeight);
    await click(".o_mail_tracking_popover .btn-close");
    await contains(".o_mail_tracking_popover", { count: 0 });
    expect(".o_mail_tracking_status").toBeFocused();
});
