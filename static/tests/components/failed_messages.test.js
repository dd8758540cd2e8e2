import {
    click,
    contains,
    insertText,
    openFormView,
    setupChatHub,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts } from "@odoo/hoot-dom";
import {
    createFailedMessage,
    createTrackedMessage,
    defineMailTrackingModels,
    makeFailure,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { Command, getService, serverState } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

const BOX = ".o_mail_tracking_failed_box";

async function openFailedRecord(trackings, values) {
    const created = await createFailedMessage(trackings, values);
    await start();
    await openFormView("res.partner", created.partnerId);
    await contains(".o-mail-Thread .o-mail-Message");
    return created;
}

test("the box tells author, age, subject, and who did not get it", async () => {
    await openFailedRecord([makeFailure({ recipient: "Errol" })], {
        date: "2019-03-10 08:30:00",
        subject: "Offer",
    });
    await contains(`${BOX} .o_mail_tracking_failed_author:contains(Mitchell Admin)`);
    await contains(`${BOX} .o_mail_tracking_failed_age:contains(1 day ago)`);
    await contains(`${BOX} .o_mail_tracking_failed_subject:contains(Offer)`);
    await contains(`${BOX} .o_mail_tracking_failed_name:contains(Errol)`);
    await contains(`${BOX} .o_mail_tracking_failed_reason:contains(Address does not exist)`);
    await contains(`${BOX} + .o-mail-Thread`);
});

test("a record whose messages arrived has no box", async () => {
    const { partnerId } = await createTrackedMessage([makeFailure()]);
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_recipient[data-status=error]");
    await contains(BOX, { count: 0 });
});

test("a new record has no box", async () => {
    await createFailedMessage();
    await start();
    await openFormView("res.partner");
    await contains(".o-mail-Chatter:contains(Creating a new record)");
    await contains(BOX, { count: 0 });
});

test("failed messages show newest first, also those that the thread did not load", async () => {
    const { partnerId, pyEnv } = await createFailedMessage(undefined, { subject: "oldest" });
    const values = { message_type: "comment", model: "res.partner", res_id: partnerId };
    for (const body of ["filler 1", "filler 2", "filler 3"]) {
        pyEnv["mail.message"].create({ ...values, body });
    }
    pyEnv["mail.message"].create({
        ...values,
        body: "newest",
        mail_tracking_needs_action: true,
        partner_trackings: [makeFailure()],
        subject: "newest",
    });
    await start();
    getService("mail.store").FETCH_LIMIT = 2;
    await openFormView("res.partner", partnerId);
    await contains(`${BOX} .o_mail_tracking_failed`, { count: 2 });
    expect(queryAllTexts(".o_mail_tracking_failed_subject")).toEqual(["newest", "oldest"]);
    await contains(".o-mail-Thread .o-mail-Message:contains(newest)");
    await click(".o_mail_tracking_failed_go:eq(1)");
    await contains(".o-mail-Thread .o-mail-Message:contains(not empty)");
});

test("what the chatter does not show has no button to go there, and the popover", async () => {
    const { partnerId, pyEnv } = await createFailedMessage(
        [makeFailure({ recipient: "Errol", tracking_id: 77 })],
        {
            message_type: "user_notification",
            subject: "Meeting",
            tracking_details: { 77: { events: [{ id: 1, title: "Refused", detail: "" }] } },
        }
    );
    pyEnv["mail.message"].create({
        body: "shown",
        mail_tracking_needs_action: true,
        message_type: "comment",
        model: "res.partner",
        partner_trackings: [makeFailure()],
        res_id: partnerId,
        subject: "Offer",
    });
    await start();
    await openFormView("res.partner", partnerId);
    const box = (subject) => `${BOX} .o_mail_tracking_failed:contains(${subject})`;
    await contains(`${box("Offer")} .o_mail_tracking_failed_go`);
    await contains(`${box("Meeting")} .o_mail_tracking_failed_review`);
    await contains(`${box("Meeting")} .o_mail_tracking_failed_go`, { count: 0 });
    await click(`${box("Meeting")} .o_mail_tracking_status`);
    await contains(".o_mail_tracking_popover_recipient:contains(Errol)");
    await contains(".o_mail_tracking_event_title:contains(Refused)");
});

test("the box has a count, folds, and stays folded", async () => {
    const { partnerId } = await openFailedRecord();
    await contains(
        `${BOX} button[aria-expanded=true]:contains(Failed messages) .badge:contains(1)`
    );
    await click(`${BOX} button[aria-expanded=true]`);
    await contains(`${BOX} .o_mail_tracking_failed`, { count: 0 });
    await contains(`${BOX} button[aria-expanded=false] .badge:contains(1)`);
    await openFormView("res.partner");
    await contains(BOX, { count: 0 });
    await openFormView("res.partner", partnerId);
    await contains(`${BOX} button[aria-expanded=false]`);
    await click(`${BOX} button[aria-expanded=false]`);
    await contains(`${BOX} .o_mail_tracking_failed`);
    expect(localStorage.getItem("mail_tracking.failed_messages_folded")).toBe(null);
});

/** Failed messages of a record: the reasons of the newest first. */
async function openFailures(...reasons) {
    const { partnerId, pyEnv } = await createTrackedMessage();
    pyEnv["mail.message"].create(
        reasons.toReversed().map((reason, index) => ({
            author_id: serverState.partnerId,
            body: "failed",
            mail_tracking_needs_action: true,
            message_type: "comment",
            model: "res.partner",
            partner_trackings: [makeFailure({ reason })],
            res_id: partnerId,
            subject: `Offer ${index + 1}`,
        }))
    );
    await start();
    await openFormView("res.partner", partnerId);
}

test("of many failures three show, by reason, and the others are one click away", async () => {
    const full = Array(8).fill("Mailbox full");
    await openFailures("Gone", "Gone", ...full, "Spam", "Gone");
    await contains(`${BOX} .o_mail_tracking_failed`, { count: 3 });
    await contains(`${BOX} .badge:contains(12)`);
    expect(queryAllTexts(".o_mail_tracking_failed_reason_title")).toEqual([
        "Mailbox full (8)",
        "Gone (3)",
        "Spam",
    ]);
    expect(queryAllTexts(".o_mail_tracking_failed_subject")).toEqual([
        "Offer 10",
        "Offer 12",
        "Offer 2",
    ]);
    await click(".o_mail_tracking_failed_more:contains(9 more)");
    await contains(`${BOX} .o_mail_tracking_failed`, { count: 12 });
    await click(".o_mail_tracking_failed_more:contains(Show less)");
    await contains(`${BOX} .o_mail_tracking_failed`, { count: 3 });
});

test("all failures of a record are reviewed at once, and that can be undone", async () => {
    await openFailures("Gone", "Gone", "Spam", "Gone", "Gone");
    await click(".o_mail_tracking_failed_review_all:contains(Mark all 5 as reviewed)");
    await contains(BOX, { count: 0 });
    await click(".o_notification:contains(5 failures marked as reviewed.) button:contains(Undo)");
    await contains(`${BOX} .badge:contains(5)`);
});

test("the same reason stands once, with all whom it is about", async () => {
    await openFailedRecord([
        makeFailure({ recipient: "Errol" }),
        makeFailure({ error_description: "Mailbox full", recipient: "Fay" }),
        makeFailure({ recipient: "Gus" }),
        makeFailure({ recipient: "Hal" }),
    ]);
    expect(queryAllTexts(`${BOX} .o_mail_tracking_failed_name`)).toEqual(["Errol", "Gus", "Fay"]);
    await contains(`${BOX} .o_mail_tracking_failed_reason`, { count: 2 });
    await click(`${BOX} .o_mail_tracking_failed_fold:contains(Show all 4 recipients)`);
    await contains(`${BOX} .o_mail_tracking_failed_name`, { count: 4 });
});

test("a reviewed message leaves the box, and the box goes with the last one", async () => {
    const { messageId, pyEnv } = await openFailedRecord();
    await click(".o_mail_tracking_failed_review");
    await contains(BOX, { count: 0 });
    await contains(".o_mail_tracking_recipient[data-status=error]");
    const [message] = pyEnv["mail.message"].browse(messageId);
    expect(message.mail_tracking_needs_action).toBe(false);
});

test("who may neither write the record nor has to do with the message cannot mend", async () => {
    const { partnerId, pyEnv } = await createFailedMessage(undefined, {
        author_id: serverState.odoobotId,
    });
    pyEnv["res.partner"].write([partnerId], { hasWriteAccess: false });
    await start();
    await openFormView("res.partner", partnerId);
    await contains(`${BOX} .o_mail_tracking_failed_author:contains(OdooBot)`);
    await contains(`${BOX} .o_mail_tracking_failed_go`);
    await contains(".o_mail_tracking_failed_review", { count: 0 });
    await contains(".o_mail_tracking_failed_resend", { count: 0 });
});

test("a postmaster can mend what is neither theirs to write nor about them", async () => {
    const { messageId, partnerId, pyEnv } = await createFailedMessage(undefined, {
        author_id: serverState.odoobotId,
    });
    pyEnv["res.partner"].write([partnerId], { hasWriteAccess: false });
    pyEnv["res.users"].write([serverState.userId], { is_postmaster: true });
    await start();
    await openFormView("res.partner", partnerId);
    await contains(`${BOX} .o_mail_tracking_failed_resend`);
    await click(`${BOX} .o_mail_tracking_failed_review`);
    await contains(BOX, { count: 0 });
    const [message] = pyEnv["mail.message"].browse(messageId);
    expect(message.mail_tracking_needs_action).toBe(false);
});

test("what was not sent to a dead address can be sent anyway", async () => {
    const untried = makeFailure({ error_type: "address_dead", state: "error" });
    await openFailedRecord([untried]);
    await contains(".o_mail_tracking_failed_resend:contains('Send anyway…')");
});

test("where one was tried and failed, it is resent", async () => {
    const untried = makeFailure({ error_type: "address_dead", state: "error" });
    await openFailedRecord([untried, makeFailure({ recipient: "Bob" })]);
    await contains(".o_mail_tracking_failed_resend:contains('Resend…')");
});

test("who may write the record can mend a message of somebody else", async () => {
    await openFailedRecord(undefined, { author_id: serverState.odoobotId });
    await contains(".o_mail_tracking_failed_review");
    await contains(".o_mail_tracking_failed_resend");
});

test("while messages are searched, the box makes room for the results", async () => {
    await openFailedRecord();
    await contains(BOX);
    await click("button[title='Search Messages']");
    await insertText(".o_searchview_input", "empty");
    await press("Enter");
    await contains(".o-mail-SearchMessageResult .o-mail-Message");
    await contains(BOX, { count: 0 });
    await click(".o-mail-SearchMessageInput [title='Close']");
    await contains(BOX);
});

test("going to another record shows the failures of that one", async () => {
    const { partnerId, pyEnv } = await createFailedMessage(undefined, { subject: "first" });
    const other = pyEnv["res.partner"].create({ name: "Other" });
    await start();
    await openFormView("res.partner", partnerId, { resIds: [partnerId, other] });
    await contains(`${BOX}:contains(first)`);
    await click(".o_pager_next");
    await contains(".o_field_char:contains(Other), .o_field_char input:value(Other)");
    await contains(BOX, { count: 0 });
    await click(".o_pager_previous");
    await contains(`${BOX}:contains(first)`);
});

test("the messages of a record offer to resend, to those who may", async () => {
    await openFailedRecord();
    await click(".o-mail-Message [title='Expand']");
    await click(".o-dropdown-item:contains('Resend…')");
    await contains(".modal-title:contains(Resend)");
});

test("messages without tracking do not offer to resend", async () => {
    const { partnerId } = await createTrackedMessage([]);
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o-mail-Message [title='Expand']");
    await contains(".o-dropdown-item:contains('Copy Link')");
    await contains(".o-dropdown-item:contains('Resend…')", { count: 0 });
});

test("chat windows show no failures", async () => {
    const pyEnv = await startServer();
    const channelId = pyEnv["discuss.channel"].create({
        channel_member_ids: [Command.create({ partner_id: serverState.partnerId })],
        name: "general",
    });
    pyEnv["mail.message"].create({
        body: "not empty",
        mail_tracking_needs_action: true,
        message_type: "comment",
        model: "discuss.channel",
        partner_trackings: [makeFailure()],
        res_id: channelId,
    });
    setupChatHub({ opened: [channelId] });
    await start();
    await contains(".o-mail-ChatWindow .o-mail-Message");
    await contains(".o_mail_tracking_failed", { count: 0 });
    await contains(BOX, { count: 0 });
});
