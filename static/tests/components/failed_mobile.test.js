import {
    click,
    contains,
    openDiscuss,
    openFormView,
    start,
} from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAll, queryOne } from "@odoo/hoot-dom";
import {
    createFailedMessage,
    defineMailTrackingModels,
    makeFailure,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { serverState } from "@web/../tests/web_test_helpers";

describe.current.tags("mobile");
defineMailTrackingModels();

const LONG = "550 5.1.1 ".repeat(40) + "x".repeat(200);

test("who gets notifications by email finds the mailbox beside the starred messages", async () => {
    await createFailedMessage();
    await start();
    await openDiscuss();
    await click(".o-mail-MessagingMenu-tab:contains(Starred)");
    await contains(".o_mail_tracking_mobile_failed .badge:contains(1)");
    await click(".o_mail_tracking_mobile_failed");
    await contains(".o_mail_tracking_mobile_failed.active");
    await contains(".o-mail-Message .o_mail_tracking_failed_review");
    await click(".o_mail_tracking_failed_review");
    await contains("h4:contains(There is nothing to do)");
    await contains(".o_mail_tracking_mobile_failed .badge", { count: 0 });
    await click("button:contains(Starred messages)");
    await contains("h4:contains(No starred messages)");
});

test("who gets notifications in Odoo finds the mailbox beside the inbox", async () => {
    const { pyEnv } = await createFailedMessage();
    pyEnv["res.users"].write([serverState.userId], { notification_type: "inbox" });
    await start();
    await openDiscuss();
    await click(".o-mail-MessagingMenu-tab:contains(Inbox)");
    await contains(".btn-group:has(.o_mail_tracking_mobile_failed) button", { count: 4 });
    await click(".o_mail_tracking_mobile_failed:contains(Failed)");
    await contains(".o-mail-Message .o_mail_tracking_failed_review");
});

test("the box stays inside the screen, however long an answer is", async () => {
    const { partnerId } = await createFailedMessage([
        makeFailure({ error_description: LONG, recipient: "y".repeat(100) }),
    ]);
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_failed_box .o_mail_tracking_failed_review");
    const box = queryOne(".o_mail_tracking_failed_box");
    expect(box.scrollWidth).toBe(box.clientWidth);
    for (const button of queryAll(".o_mail_tracking_failed_actions button")) {
        expect(button.getBoundingClientRect().right).toBeLessThan(window.innerWidth);
    }
});

test("the dialog stays inside the screen", async () => {
    const { partnerId } = await createFailedMessage([
        makeFailure({ error_description: LONG, recipient: "y".repeat(100) }),
    ]);
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o_mail_tracking_failed_resend");
    await contains(".modal .o_mail_tracking_resend_row");
    const body = queryOne(".modal-body");
    expect(body.scrollWidth).toBe(body.clientWidth);
});
