import { waitForChannels } from "@bus/../tests/bus_test_helpers";
import {
    click,
    contains,
    openDiscuss,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import {
    createFailedMessage,
    defineMailTrackingModels,
    makeFailure,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { asyncStep, mockService, serverState, waitForSteps } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

const BOX = ".o_mail_tracking_failed_box";
const COUNTER = ".o-mail-Mailbox[data-mailbox-id=failed] .o-mail-DiscussSidebar-badge";
const NOTICE = ".o_mail_tracking_failed_emails";

/** Emails of the user about a contact, that failed after their messages were deleted. */
async function createFailedEmails(count = 1, values = {}) {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({ name: "Customer" });
    const emailIds = pyEnv["mail.tracking.email"].create(
        Array.from({ length: count }, (_, index) => ({
            author_id: serverState.partnerId,
            model: "res.partner",
            name: `Invitation ${index + 1}`,
            res_id: partnerId,
            time: "2019-03-10 08:30:00",
            tracking: makeFailure({ recipient: "Dora", email: "dora@example.com" }),
            tracking_details: { events: [{ id: 1, time: false, title: "Came back", detail: "" }] },
            ...values,
        }))
    );
    return { emailIds, partnerId, pyEnv };
}

describe("box in the chatter", () => {
    test("tells author, age, subject, recipient and reason, newest first", async () => {
        const { partnerId } = await createFailedEmails(2);
        await start();
        await openFormView("res.partner", partnerId);
        await contains(`${BOX} .o_mail_tracking_failed`, { count: 2 });
        expect(queryAllTexts(".o_mail_tracking_failed_subject")).toEqual([
            "Invitation 2",
            "Invitation 1",
        ]);
        await contains(`${BOX} .o_mail_tracking_failed_author:contains(Mitchell Admin):eq(0)`);
        await contains(`${BOX} .o_mail_tracking_failed_age:contains(1 day ago):eq(0)`);
        await contains(`${BOX} .o_mail_tracking_failed_email:contains(dora@example.com):eq(0)`);
        await contains(
            `${BOX} .o_mail_tracking_failed_reason:contains(Address does not exist):eq(0)`
        );
        await contains(".o_mail_tracking_failed_go", { count: 0 });
        await contains(".o_mail_tracking_failed_resend", { count: 0 });
        await click(`${BOX} button[aria-expanded=true]`);
        await contains(`${BOX} .badge:contains(2)`);
    });

    test("a click on the icon tells what happened", async () => {
        const { partnerId } = await createFailedEmails();
        await start();
        await openFormView("res.partner", partnerId);
        await click(`${BOX} .o_mail_tracking_status`);
        await contains(".o_mail_tracking_popover_recipient:contains(Dora)");
        await contains(".o_mail_tracking_event_title:contains(Came back)");
    });

    test("who reviews them sees them go, and the box with the last", async () => {
        const { emailIds, partnerId, pyEnv } = await createFailedEmails(2);
        await start();
        await openFormView("res.partner", partnerId);
        await click(`[data-tracking-id="${emailIds[1]}"] .o_mail_tracking_failed_review`);
        await contains(`${BOX} .o_mail_tracking_failed`, { count: 1 });
        await click(`[data-tracking-id="${emailIds[0]}"] .o_mail_tracking_failed_review`);
        await contains(BOX, { count: 0 });
        const rows = pyEnv["mail.tracking.email"].browse(emailIds);
        expect(rows.map((row) => row.needs_action)).toEqual([false, false]);
    });

    test("who may neither write the record nor wrote the email cannot review it", async () => {
        const { partnerId, pyEnv } = await createFailedEmails(1, {
            author_id: serverState.odoobotId,
        });
        pyEnv["res.partner"].write([partnerId], { hasWriteAccess: false });
        await start();
        await openFormView("res.partner", partnerId);
        await contains(`${BOX} .o_mail_tracking_failed_author:contains(OdooBot)`);
        await contains(".o_mail_tracking_failed_review", { count: 0 });
    });

    test("what comes back meanwhile shows at once, and what is settled goes", async () => {
        const { emailIds, partnerId, pyEnv } = await createFailedEmails(1, { needs_action: false });
        await start();
        await openFormView("res.partner", partnerId);
        await contains(".o-mail-Chatter-topbar");
        await waitForChannels([`mail_tracking/res.partner/${partnerId}`]);
        await contains(BOX, { count: 0 });
        for (const needs_action of [true, false]) {
            pyEnv["mail.tracking.email"].write(emailIds, { needs_action });
            pyEnv["mail.tracking.email"]._bus_send_tracking(emailIds);
            await contains(BOX, { count: needs_action ? 1 : 0 });
        }
    });
});

describe("mailbox", () => {
    test("counts them, and leads to their list", async () => {
        mockService("action", {
            doAction(action) {
                if (action === "mail_tracking.action_failed_emails") {
                    asyncStep(action);
                    return;
                }
                return super.doAction(...arguments);
            },
        });
        const { partnerId, pyEnv } = await createFailedEmails(3);
        pyEnv["mail.message"].create({
            author_id: serverState.partnerId,
            body: "not empty",
            mail_tracking_needs_action: true,
            message_type: "comment",
            model: "res.partner",
            partner_trackings: [makeFailure()],
            res_id: partnerId,
        });
        await start();
        await openDiscuss("mail.box_failed");
        await contains(`${COUNTER}:contains(4)`);
        await contains(".o-mail-Thread .o-mail-Message");
        await contains(`${NOTICE}:contains(3 failed emails)`);
        await click(`${NOTICE} button`);
        await waitForSteps(["mail_tracking.action_failed_emails"]);
    });

    test("says nothing of them where there are none", async () => {
        await createFailedMessage();
        await start();
        await openDiscuss("mail.box_failed");
        await contains(".o-mail-Thread .o-mail-Message");
        await contains(NOTICE, { count: 0 });
    });

    test("does not claim that there is nothing to do", async () => {
        await createFailedEmails();
        await start();
        await openDiscuss("mail.box_failed");
        await contains(`${NOTICE}:contains(1 failed email is)`);
        await contains(".o-mail-Thread-empty");
        await contains(".o_mail_tracking_nothing_failed", { count: 0 });
    });

    test("is empty when all were marked as reviewed", async () => {
        const { emailIds, pyEnv } = await createFailedEmails(2);
        await start();
        await openDiscuss("mail.box_failed");
        await contains(`${COUNTER}:contains(2)`);
        await click("button:contains('Mark all as reviewed')");
        await click(".modal-footer button:contains('Mark all as reviewed')");
        await contains(NOTICE, { count: 0 });
        await contains(COUNTER, { count: 0 });
        await contains(".o_mail_tracking_nothing_failed");
        const rows = pyEnv["mail.tracking.email"].browse(emailIds);
        expect(rows.map((row) => row.needs_action)).toEqual([false, false]);
    });
});
