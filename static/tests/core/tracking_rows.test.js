import { contains, openFormView, start } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import {
    createTrackedMessage,
    defineMailTrackingModels,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { getService } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

const SENT = { id: "5e47", values: { status: "sent", status_human: "Sent", state: "sent" } };
const OPENED = {
    id: "09e4",
    values: { status: "opened", status_human: "Opened", state: "opened", shared: 2 },
};
const CC = { id: "cc00", values: { status: "cc", status_human: "Cc", isCc: true } };

test("recipients that come in short are made full again", async () => {
    const { messageId, partnerId } = await createTrackedMessage();
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o-mail-Message");
    const store = getService("mail.store");
    store.insert({
        "mail.message": [
            {
                id: messageId,
                tracking_rows: [
                    [7, partnerId, SENT.id, 1767225660],
                    [8, partnerId, OPENED.id, false, { recipient: "Eve", email: "eve@a.example" }],
                    [false, false, CC.id, false, { recipient: "x@a.example" }],
                ],
            },
        ],
        "mail.tracking.outcome": [SENT, OPENED, CC],
        "res.partner": [{ id: partnerId, name: "Anna Meyer", email: "anna@a.example" }],
    });
    await contains(".o_mail_tracking_name", { count: 3 });
    const full = { error_type: false, error_description: false, evidence: "" };
    expect(store["mail.message"].get(messageId).partner_trackings).toEqual([
        {
            ...full,
            status: "sent",
            status_human: "Sent",
            state: "sent",
            shared: 1,
            isCc: false,
            tracking_id: 7,
            partner_id: partnerId,
            recipient: "Anna Meyer",
            email: "anna@a.example",
            time: "2026-01-01 00:01:00",
        },
        {
            ...full,
            status: "opened",
            status_human: "Opened",
            state: "opened",
            shared: 2,
            isCc: false,
            tracking_id: 8,
            partner_id: partnerId,
            recipient: "Eve",
            email: "eve@a.example",
            time: false,
        },
        {
            ...full,
            status: "cc",
            status_human: "Cc",
            state: "",
            shared: 1,
            isCc: true,
            tracking_id: false,
            partner_id: false,
            recipient: "x@a.example",
            email: false,
            time: false,
        },
    ]);
});

test("news of an outcome known already come without it", async () => {
    const { messageId, partnerId } = await createTrackedMessage();
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o-mail-Message");
    const store = getService("mail.store");
    const tell = (outcomes, rows) =>
        store.insert({
            "mail.message": [{ id: messageId, tracking_rows: rows }],
            "mail.tracking.outcome": outcomes,
        });
    tell([SENT], [[7, false, SENT.id, false, { recipient: "Eve" }]]);
    await contains(".o_mail_tracking_status[aria-label='Eve: Sent']");
    tell([OPENED], [[7, false, OPENED.id, false, { recipient: "Eve" }]]);
    await contains(".o_mail_tracking_status[aria-label^='Eve: Opened']");
    tell([], [[7, false, SENT.id, false, { recipient: "Eve" }]]);
    await contains(".o_mail_tracking_status[aria-label='Eve: Sent']");
    tell([], []);
    await contains(".o_mail_tracking", { count: 0 });
});
