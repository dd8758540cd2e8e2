import { click, contains, openFormView, start } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAttribute } from "@odoo/hoot-dom";
import {
    createTrackedMessage,
    defineMailTrackingModels,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

test("a delivered mail shows its icon right of the recipient's name", async () => {
    const { partnerId } = await createTrackedMessage([
        makeTracking({ status: "delivered", time: "2019-03-11 08:30:00" }),
    ]);
    await start();
    await openFormView("res.partner", partnerId);
    await contains("p.o_mail_tracking > strong:contains(To:)");
    await contains(".o_mail_tracking_name:contains(Anna Meyer) + .o_mail_tracking_status");
    expect(queryAttribute(".o_mail_tracking_status", "aria-label")).toBe(
        "Anna Meyer: Delivered, Mar 11, 2019, 9:30 AM"
    );
});

test("a message without tracking data shows no line", async () => {
    const { partnerId } = await createTrackedMessage();
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o-mail-Message");
    await contains(".o_mail_tracking", { count: 0 });
});

test("a click on the icon opens what happened", async () => {
    const tracking = makeTracking();
    const { partnerId } = await createTrackedMessage([tracking], {
        tracking_details: {
            [tracking.tracking_id]: {
                action_url: false,
                events: [
                    { id: 1, time: "2019-03-11 08:30:00", type: "sent", title: "Sent", detail: "" },
                ],
            },
        },
    });
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event_title:contains(Sent)");
});
