import { contains, openFormView, start } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import {
    createTrackedMessage,
    defineMailTrackingModels,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { getService } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

const SENT = { id: "5e47", values: { status: "sent", status_human: "Sent", state: "sent" } };
const OPENED = {
    id: "09e4",
    values: { status: "opened", status_human: "Opened", state: "opened", shared: 2 },
};

/** Open a contact in whose chatter a message stands. */
async function openMessage(trackings) {
    const created = await createTrackedMessage(trackings);
    await start();
    await openFormView("res.partner", created.partnerId);
    await contains(".o-mail-Message");
    return { ...created, store: getService("mail.store") };
}

test("a recipient is put together from its line, its status and its contact", async () => {
    const { messageId, partnerId, store } = await openMessage();
    store.insert({
        "mail.message": [
            {
                id: messageId,
                tracking_lines: [
                    { id: 7, partner: partnerId, status: SENT.id, time: 1767225660 },
                    {
                        id: 8,
                        partner: partnerId,
                        status: OPENED.id,
                        time: false,
                        recipient: "Eve",
                        email: "eve@a.example",
                        of_another_addon: "x",
                    },
                    {
                        id: false,
                        partner: false,
                        status: SENT.id,
                        time: false,
                        recipient: "x@a.example",
                    },
                ],
            },
        ],
        "mail.tracking.status": [SENT, OPENED],
        "res.partner": [{ id: partnerId, name: "Anna Meyer", email: "anna@a.example" }],
    });
    await contains(".o_mail_tracking_name", { count: 3 });
    expect(store["mail.message"].get(messageId).partner_trackings).toEqual([
        {
            ...SENT.values,
            tracking_id: 7,
            partner_id: partnerId,
            recipient: "Anna Meyer",
            email: "anna@a.example",
            time: "2026-01-01 00:01:00",
        },
        {
            ...OPENED.values,
            tracking_id: 8,
            partner_id: partnerId,
            recipient: "Eve",
            email: "eve@a.example",
            time: false,
            of_another_addon: "x",
        },
        {
            ...SENT.values,
            tracking_id: false,
            partner_id: false,
            recipient: "x@a.example",
            email: false,
            time: false,
        },
    ]);
});

test("what the server of these tests sends in parts is what they gave it", async () => {
    const trackings = [
        makeTracking({ partner_id: 3, time: "2019-03-11 08:30:00" }),
        makeTracking({ status: "sent", tracking_id: false, of_another_addon: "x" }),
    ];
    const { messageId, store } = await openMessage(trackings);
    expect(store["mail.message"].get(messageId).partner_trackings).toEqual(trackings);
});

test("a status that is known already comes without its words", async () => {
    const { messageId, store } = await openMessage();
    const tell = (statuses, lines) =>
        store.insert({
            "mail.message": [{ id: messageId, tracking_lines: lines }],
            "mail.tracking.status": statuses,
        });
    const line = { id: 7, partner: false, time: false, recipient: "Eve" };
    tell([SENT], [{ ...line, status: SENT.id }]);
    await contains(".o_mail_tracking_status[aria-label='Eve: Sent']");
    tell([OPENED], [{ ...line, status: OPENED.id }]);
    await contains(".o_mail_tracking_status[aria-label^='Eve: Opened']");
    tell([], [{ ...line, status: SENT.id }]);
    await contains(".o_mail_tracking_status[aria-label='Eve: Sent']");
    tell([], []);
    await contains(".o_mail_tracking", { count: 0 });
});
