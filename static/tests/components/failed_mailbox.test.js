import {
    click,
    contains,
    insertText,
    openDiscuss,
    scroll,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryFirst, queryOne } from "@odoo/hoot-dom";
import {
    createFailedMessage,
    defineMailTrackingModels,
    makeFailure,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { asyncStep, onRpc, serverState, waitForSteps } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

const MAILBOX = ".o-mail-Mailbox[data-mailbox-id=failed]";
const COUNTER = `${MAILBOX} .o-mail-DiscussSidebar-badge`;

async function openFailed() {
    await start();
    await openDiscuss("mail.box_failed");
    await contains(".o-mail-DiscussContent-threadName[title='Failed']");
}

/** Resolve when observers of the viewport have seen that an element is outside of it. */
function outOfView(selector) {
    return new Promise((resolve) => {
        const observer = new IntersectionObserver((entries) => {
            if (!entries.at(-1).isIntersecting) {
                observer.disconnect();
                resolve();
            }
        });
        observer.observe(queryOne(selector));
    });
}

/** Failed messages of the user, oldest first. */
async function createFailures(count) {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({ name: "Acme Tracked" });
    return pyEnv["mail.message"].create(
        Array.from({ length: count }, (_, index) => ({
            author_id: serverState.partnerId,
            body: `failure ${index + 1}`,
            mail_tracking_needs_action: true,
            message_type: "comment",
            model: "res.partner",
            partner_trackings: [makeFailure()],
            res_id: partnerId,
        }))
    );
}

describe("sidebar", () => {
    test("the mailbox has an icon and a red counter", async () => {
        await createFailures(3);
        await start();
        await openDiscuss();
        await contains(`${MAILBOX} .fa-exclamation-triangle`);
        await contains(`${MAILBOX}:contains(Failed)`);
        await contains(`${COUNTER}:contains(3)`);
        const { backgroundColor } = getComputedStyle(queryOne(`${COUNTER} .o-innerBadge`));
        const [red, green, blue] = backgroundColor.match(/\d+/g);
        expect(Number(red)).toBeGreaterThan(Number(green) + Number(blue));
    });

    test("without failures it has no counter", async () => {
        await start();
        await openDiscuss();
        await contains(MAILBOX);
        await contains(COUNTER, { count: 0 });
    });

    test("also the compact sidebar shows icon and counter", async () => {
        localStorage.setItem("mail.user_setting.discuss_sidebar_compact", "true");
        await createFailures(2);
        await start();
        await openDiscuss();
        await contains(`.o-mail-DiscussSidebar.o-compact ${MAILBOX} .fa-exclamation-triangle`);
        await contains(`${COUNTER}:contains(2)`);
    });

    test("a click opens the mailbox", async () => {
        await createFailures(1);
        await start();
        await openDiscuss("mail.box_starred");
        await click(MAILBOX);
        await contains(".o-mail-Thread .o-mail-Message");
        await contains(`${MAILBOX}.o-active`);
    });
});

describe("messages", () => {
    test("only failed messages that are the user's to mend are listed", async () => {
        const pyEnv = await startServer();
        const stranger = pyEnv["res.partner"].create({ name: "Stranger" });
        const values = {
            mail_tracking_needs_action: true,
            message_type: "comment",
            model: "res.partner",
            partner_trackings: [makeFailure()],
            res_id: stranger,
        };
        pyEnv["mail.message"].create([
            { ...values, author_id: serverState.partnerId, body: "mine" },
            {
                ...values,
                author_id: stranger,
                body: "told me",
                partner_ids: [serverState.partnerId],
            },
            { ...values, author_id: stranger, body: "not mine" },
            {
                ...values,
                author_id: serverState.partnerId,
                body: "settled",
                mail_tracking_needs_action: false,
            },
        ]);
        await openFailed();
        await contains(".o-mail-Message", { count: 2 });
        expect(queryAllTexts(".o-mail-Message-body")).toEqual(["mine", "told me"]);
        await contains(".o_mail_tracking_failed_review", { count: 2 });
    });

    test("all of 95 can be reached by scrolling, in order, none twice", async () => {
        await createFailures(95);
        onRpc("/mail/failed/messages", async (request) => {
            const { params } = await request.json();
            expect(params.fetch_params.limit).toBe(30);
            asyncStep(params.fetch_params.before ? "older" : "newest");
        });
        await openFailed();
        for (const [index, count] of [30, 60, 90, 95].entries()) {
            await contains(".o-mail-Message", { count });
            await waitForSteps([index ? "older" : "newest"]);
            if (count < 95) {
                await outOfView("button:contains(Load More)");
            }
            await scroll(".o-mail-Thread", 0);
        }
        expect(queryAllTexts(".o-mail-Message-body")).toEqual(
            Array.from({ length: 95 }, (_, index) => `failure ${index + 1}`)
        );
        await contains(`${COUNTER}:contains(95)`);
    });

    test("the search asks the server for failed messages only", async () => {
        await createFailures(2);
        await openFailed();
        await contains(".o-mail-Message", { count: 2 });
        onRpc("/mail/failed/messages", async (request) => {
            const { params } = await request.json();
            asyncStep(params.fetch_params.search_term);
        });
        await click("button[title='Search Messages']");
        await insertText(".o_searchview_input", "failure 2");
        await press("Enter");
        await contains(".o-mail-SearchMessagesPanel .o-mail-Message", { count: 1 });
        await waitForSteps(["failure 2"]);
    });

    test("each tells who did not get it and why, and on which record", async () => {
        await createFailedMessage([
            makeTracking({ recipient: "Olga", status: "opened" }),
            makeFailure({ email: "errol@example.com", recipient: "Errol" }),
            makeTracking({
                email: false,
                error_description: "No email address",
                recipient: "Noel",
                status: "no_email",
            }),
            makeFailure({ error_description: false, recipient: "Sue", state: "spam" }),
        ]);
        await openFailed();
        await contains(".o_mail_tracking_failed_recipient", { count: 3 });
        expect(queryAllTexts(".o_mail_tracking_failed_name")).toEqual(["Errol", "Noel", "Sue"]);
        expect(queryAllTexts(".o_mail_tracking_failed_email")).toEqual([
            "errol@example.com",
            "anna@example.com",
        ]);
        expect(queryAllTexts(".o_mail_tracking_failed_reason")).toEqual([
            "Address does not exist: 550 5.1.1 User unknown",
            "No email address",
            "Reported as spam",
        ]);
        await contains(".o-mail-Message-header:contains(on Customer)");
    });

    test("what a mail server answered is text", async () => {
        await createFailedMessage([
            makeFailure({ error_description: "<b>no</b>", recipient: "<i>Eve</i>" }),
        ]);
        await openFailed();
        await contains(".o_mail_tracking_failed_name:contains(<i>Eve</i>)");
        expect(queryOne(".o_mail_tracking_failed_reason").textContent).toBe("<b>no</b>");
        await contains(".o_mail_tracking_failed_group b, .o_mail_tracking_failed_group i", {
            count: 0,
        });
    });

    test("many failed recipients fold", async () => {
        await createFailedMessage(
            Array.from({ length: 11 }, (_, index) => makeFailure({ recipient: `r${index}` }))
        );
        await openFailed();
        await contains(".o_mail_tracking_failed_recipient", { count: 8 });
        await click(".o_mail_tracking_failed_fold:contains(Show all 11 recipients)");
        await contains(".o_mail_tracking_failed_recipient", { count: 11 });
        await click(".o_mail_tracking_failed_fold:contains(Show less)");
        await contains(".o_mail_tracking_failed_recipient", { count: 8 });
    });

    test("other mailboxes do not show the failure", async () => {
        await createFailedMessage(undefined, { starred_partner_ids: [serverState.partnerId] });
        await start();
        await openDiscuss("mail.box_starred");
        await contains(".o-mail-Message .o_mail_tracking");
        await contains(".o_mail_tracking_failed", { count: 0 });
    });

    test("an empty mailbox says that there is nothing to do", async () => {
        await openFailed();
        await contains(".o-mail-Thread h4:contains(There is nothing to do)");
        await contains("button:contains(Mark all as reviewed)", { count: 0 });
        await contains("button:contains('Resend…')", { count: 0 });
    });
});

describe("actions", () => {
    test("a reviewed message leaves at once, and the counter follows", async () => {
        const [firstId, secondId] = await createFailures(2);
        onRpc("mail.message", "set_need_action_done", ({ args }) => asyncStep(`review ${args[0]}`));
        await openFailed();
        await contains(".o-mail-Message", { count: 2 });
        await click(".o-mail-Message:eq(0) .o_mail_tracking_failed_review");
        await contains(".o-mail-Message", { count: 1 });
        await contains(".o-mail-Message:contains(failure 2)");
        await contains(`${COUNTER}:contains(1)`);
        await waitForSteps([`review ${firstId}`]);
        await click(".o_mail_tracking_failed_review");
        await waitForSteps([`review ${secondId}`]);
        await contains("h4:contains(There is nothing to do)");
        await contains(COUNTER, { count: 0 });
    });

    test("when all that is shown was reviewed, those before come", async () => {
        await createFailures(33);
        await openFailed();
        await contains(".o-mail-Message", { count: 30 });
        for (let count = 29; count >= 10; count--) {
            await click(".o-mail-Message:eq(-1) .o_mail_tracking_failed_review");
            await contains(".o-mail-Message", { count });
        }
        await click(".o-mail-Message:eq(-1) .o_mail_tracking_failed_review");
        await contains(".o-mail-Message", { count: 12 });
        await contains(".o-mail-Message:eq(0):contains(failure 1)");
    });

    test("a message can be reviewed with the keyboard", async () => {
        await createFailures(1);
        await openFailed();
        await contains(".o_mail_tracking_failed_review");
        queryFirst(".o_mail_tracking_failed_review").focus();
        await press("Enter");
        await contains("h4:contains(There is nothing to do)");
    });

    test("a review that the server refuses leaves the message where it is", async () => {
        expect.errors(1);
        await createFailures(1);
        onRpc("mail.message", "set_need_action_done", () => {
            throw new Error("no");
        });
        await openFailed();
        await click(".o_mail_tracking_failed_review");
        await contains(".o_error_dialog");
        await contains(".o-mail-Message");
        await contains(".o_mail_tracking_failed_review:enabled");
        expect.verifyErrors(["RPC_ERROR"]);
    });

    test("all are marked as reviewed when that is confirmed", async () => {
        await createFailures(35);
        onRpc("mail.message", "set_all_need_action_done", () => asyncStep("review all"));
        await openFailed();
        await contains(".o-mail-Message", { count: 30 });
        await click("button:contains(Mark all as reviewed)");
        await contains(".modal-body:contains(35 failures leave this mailbox)");
        await click(".modal-footer button:contains(Mark all as reviewed)");
        await contains("h4:contains(There is nothing to do)");
        await contains(COUNTER, { count: 0 });
        await waitForSteps(["review all"]);
        await contains(".o_notification:contains(35 failures marked as reviewed.)");
    });

    test("a review can be undone", async () => {
        await createFailures(2);
        await openFailed();
        await contains(".o-mail-Message", { count: 2 });
        await click(".o-mail-Message:contains(failure 1) .o_mail_tracking_failed_review");
        await contains(".o-mail-Message", { count: 1 });
        await click(
            ".o_notification:contains(1 failure marked as reviewed.) button:contains(Undo)"
        );
        await contains(".o_notification", { count: 0 });
        await contains(".o-mail-Message", { count: 2 });
        await contains(`${COUNTER}:contains(2)`);
        expect(queryAllTexts(".o-mail-Message-body")).toEqual(["failure 1", "failure 2"]);
    });

    test("the review of all can be undone", async () => {
        await createFailures(3);
        await openFailed();
        await contains(".o-mail-Message", { count: 3 });
        await click("button:contains(Mark all as reviewed)");
        await click(".modal-footer button:contains(Mark all as reviewed)");
        await contains("h4:contains(There is nothing to do)");
        await click(".o_notification button:contains(Undo)");
        await contains(".o-mail-Message", { count: 3 });
        await contains(`${COUNTER}:contains(3)`);
    });

    test("nothing is marked as reviewed when that is not confirmed", async () => {
        await createFailures(1);
        onRpc("mail.message", "set_all_need_action_done", () => asyncStep("review all"));
        await openFailed();
        await click("button:contains(Mark all as reviewed)");
        await click(".modal-footer button:contains(Cancel)");
        await contains(".modal", { count: 0 });
        await contains(".o-mail-Message");
        await waitForSteps([]);
    });

    test("the record of a message can be opened", async () => {
        const { messageId } = await createFailedMessage();
        await openFailed();
        await click(".o_mail_tracking_failed_open");
        await contains(".o_form_view .o-mail-Chatter .o-mail-Message");
        await contains(`.o_mail_tracking_failed_box [data-message-id='${messageId}']`);
    });

    test("resending to all who did not get it settles the message", async () => {
        await createFailedMessage([makeFailure({ recipient: "Errol" })]);
        await openFailed();
        await click(".o_mail_tracking_failed_resend");
        await click(".modal-footer button:contains(Resend)");
        await contains(".o_notification:contains(Resent to Errol.)");
        await contains("h4:contains(There is nothing to do)");
        await contains(COUNTER, { count: 0 });
    });
});
