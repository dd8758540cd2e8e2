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

const FAILED_TAB = ".o-mail-MessagingMenu-tab[data-tab=failed]";

for (const notification_type of ["email", "inbox"]) {
    test(`the mailbox is a tab with a badge (notifications: ${notification_type})`, async () => {
        const { pyEnv } = await createFailedMessage();
        pyEnv["res.users"].write([serverState.userId], { notification_type });
        await start();
        await openDiscuss();
        await contains(".o-mail-MessagingMenu-tab", { count: 5 });
        await contains(`${FAILED_TAB}:contains(Failed) .badge:contains(1)`);
        for (const tab of queryAll(".o-mail-MessagingMenu-tab")) {
            expect(tab.getBoundingClientRect().right).toBeLessThan(window.innerWidth + 1);
            expect(tab.scrollWidth).toBeLessThan(tab.clientWidth + 1);
        }
        await click(FAILED_TAB);
        await contains(`${FAILED_TAB}.active`);
        await contains(".o-mail-Message .o_mail_tracking_failed_review");
        for (const name of ["mail-tracking-resend", "mail-tracking-review-all"]) {
            const button = queryOne(`.o-mail-ActionList-button[name=${name}]`);
            expect(button.clientHeight).toBeLessThan(40);
            expect(button.getAttribute("aria-label")).toBe(button.title);
            expect(button.title).not.toBe("");
        }
        await click(".o_mail_tracking_failed_review");
        await contains("h4:contains(There is nothing to do)");
        await contains(`${FAILED_TAB} .badge`, { count: 0 });
        await click(".o-mail-MessagingMenu-tab[data-tab=chat]");
        await contains(`${FAILED_TAB}:not(.active)`);
        await contains("h4:contains(There is nothing to do)", { count: 0 });
    });
}

test("the box stays inside the screen, however long an answer is", async () => {
    const { partnerId } = await createFailedMessage([
        makeFailure({ error_description: LONG, recipient: "y".repeat(100) }),
    ]);
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_failed_box .o_mail_tracking_failed_review");
    const box = queryOne(".o_mail_tracking_failed_box");
    expect(box.scrollWidth).toBe(box.clientWidth);
    const buttons = queryAll(".o_mail_tracking_failed_actions button");
    expect(buttons).toHaveLength(3);
    for (const button of buttons) {
        expect(button.getBoundingClientRect().right).toBeLessThan(window.innerWidth);
        expect(button.getBoundingClientRect().top).toBe(buttons[0].getBoundingClientRect().top);
        expect(button.scrollWidth).toBe(button.clientWidth);
    }
});

test("the mailbox stays inside the screen, however long its buttons are", async () => {
    await createFailedMessage([makeFailure({ error_type: "address_dead", state: "error" })]);
    await start();
    await openDiscuss();
    await click(FAILED_TAB);
    await contains(".o_mail_tracking_failed_resend:contains('Send anyway…')");
    queryOne(".o_mail_tracking_failed_review").textContent += " by all who saw it".repeat(2);
    const thread = queryOne(".o-mail-Thread");
    expect(thread.getBoundingClientRect().right).toBeLessThan(window.innerWidth + 1);
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
