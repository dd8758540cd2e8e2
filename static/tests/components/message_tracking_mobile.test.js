import { click, contains, openFormView, start } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAll, queryOne, queryRect } from "@odoo/hoot-dom";
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

test("a tap on the icon opens the popover inside the screen", async () => {
    const { partnerId } = await createTrackedMessage([makeTracking({ tracking_id: false })]);
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_popover");
    expect(queryRect(".o_mail_tracking_popover").width).toBeLessThan(window.innerWidth);
});
