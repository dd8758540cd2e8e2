import {
    click,
    contains,
    openDiscuss,
    openFormView,
    start,
} from "@mail/../tests/mail_test_helpers";
import { describe, test } from "@odoo/hoot";
import { hover } from "@odoo/hoot-dom";
import {
    createFailedMessage,
    defineMailTrackingModels,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

const COUNTER = ".o-mail-MessagingMenu-counter";
const ITEM = ".o-mail-NotificationItem";

/** A failed message of the user that core counts as well, once for each recipient. */
async function createFailure(notificationValues = {}) {
    const { messageId, partnerId, pyEnv } = await createFailedMessage();
    pyEnv["mail.notification"].create(
        [1, 2].map(() => ({
            mail_message_id: messageId,
            notification_status: "exception",
            notification_type: "email",
            ...notificationValues,
        }))
    );
    return { partnerId };
}

async function openMenu() {
    await click(".o_menu_systray i[aria-label='Messages']");
}

test("failed emails are one entry, which counts and opens the Failed mailbox", async () => {
    await createFailure();
    await start();
    await contains(`${COUNTER}:contains(1)`);
    await openMenu();
    await contains(`${ITEM}:contains(Email Failure)`, { count: 0 });
    await contains(`${ITEM}:contains(Failed) .o-mail-NotificationItem-counter:contains(1)`);
    await click(`${ITEM}:contains(Failed)`);
    await contains(".o-mail-DiscussContent-threadName[title='Failed']");
    await contains(".o_mail_tracking_failed_resend");
});

test("what core counts goes with the review, and comes back when that is undone", async () => {
    await createFailure();
    await start();
    await openDiscuss("mail.box_failed");
    await contains(`${COUNTER}:contains(1)`);
    await click(".o_mail_tracking_failed_review");
    await contains(COUNTER, { count: 0 });
    await openMenu();
    await contains(".o-mail-MessagingMenu");
    await contains(`${ITEM}:contains(Fail)`, { count: 0 });
    await click(".o_notification button:contains(Undo)");
    await contains(`${COUNTER}:contains(1)`);
});

test("all can be marked as reviewed from the menu", async () => {
    await createFailure();
    await start();
    await openMenu();
    await contains(`${ITEM}:contains(Failed)`);
    await hover(`${ITEM}:contains(Failed)`);
    await click(".o-mail-NotificationItem-markAsRead");
    await click(".modal-footer button:contains(Mark all as reviewed)");
    await contains(COUNTER, { count: 0 });
});

test("text messages keep their entry", async () => {
    await createFailure({ notification_type: "sms" });
    await start();
    await contains(`${COUNTER}:contains(3)`);
    await openMenu();
    await contains(`${ITEM}:contains(Failure: )`);
    await contains(`${ITEM}:contains(Failed)`);
});

test("the red envelope opens Resend", async () => {
    const { partnerId } = await createFailure();
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o-mail-Message-notification.text-danger");
    await contains(".modal .o_mail_tracking_resend_row");
});

test("the envelope of a reviewed failure is not red", async () => {
    const { partnerId } = await createFailure();
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o_mail_tracking_failed_review");
    await contains(".o-mail-Message-notification:not(.text-danger)");
    await contains(".o-mail-Message-notification.text-danger", { count: 0 });
});
