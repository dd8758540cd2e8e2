import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import {
    createFailedMessage,
    defineMailTrackingModels,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { BulkResendDialog } from "@mail_tracking/components/bulk_resend_dialog/bulk_resend_dialog";
import {
    asyncStep,
    getService,
    onRpc,
    patchWithCleanup,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

const CHOICES = {
    groups: [
        {
            reason: "Mail server smtp.example.com not reachable",
            selected: true,
            tracking_ids: [1, 2],
        },
        { reason: "Mailbox full", selected: true, tracking_ids: [3] },
        { reason: "Sent", selected: false, tracking_ids: [4] },
    ],
    doubtful: [
        { id: 5, recipient: "Dora", email: "dora@example.com", reason: "Address does not exist" },
        { id: 6, recipient: "Carl", email: "carl@example.com", reason: "Spam" },
    ],
    left_out: 2,
};
const SEND = ".o_mail_tracking_bulk_resend_send";
const RESULT = ".o_mail_tracking_bulk_resend_result";

/** Open the dialog in the Failed mailbox; what the server is asked for is a step. */
async function openDialog(choices = CHOICES, { problem = {}, progress = [] } = {}) {
    patchWithCleanup(BulkResendDialog, { POLL_DELAY: 1 });
    await createFailedMessage();
    onRpc("mail.tracking.email", "action_resend_choices", ({ args }) => {
        asyncStep(`choices ${args.length}`);
        return choices;
    });
    onRpc("mail.tracking.email", "action_test_resend", ({ args }) => {
        asyncStep(`test ${args[0]}`);
        return problem;
    });
    onRpc("mail.tracking.email", "action_confirm_resend", ({ args }) => {
        asyncStep(`resend ${args[0]}`);
        return args[0];
    });
    onRpc("mail.tracking.email", "action_resend_progress", () => progress.shift());
    await start();
    await openDiscuss("mail.box_failed");
    await click("button:contains('Resend…')[name=mail-tracking-resend]");
    await waitForSteps(["choices 0"]);
}

test("it says how many there are of each reason, and leaves out what is doubtful", async () => {
    await openDialog();
    await contains(".o_mail_tracking_bulk_resend_group", { count: 3 });
    expect(queryAllTexts(".o_mail_tracking_bulk_resend_group")).toEqual([
        "Mail server smtp.example.com not reachable\n2",
        "Mailbox full\n1",
        "Sent\n1",
    ]);
    await contains(".modal input:checked", { count: 2 });
    await contains(".o_mail_tracking_bulk_resend_doubtful input:not(:checked)", { count: 2 });
    await contains(".modal:contains(2 other emails are left out)");
    await contains(`${SEND}:contains(Resend 3 emails)`);
    await click("label:contains(Dora)");
    await contains(`${SEND}:contains(Resend 4 emails)`);
    await click("label:contains(not reachable)");
    await click("label:contains(Mailbox full)");
    await contains(`${SEND}:contains(Resend 1 email)`);
    await click("label:contains(Dora)");
    await contains(`${SEND}:disabled`);
    await click(".modal-footer button:contains(Discard)");
    await contains(".modal", { count: 0 });
});

test("it tests the mail server, and shows progress and result", async () => {
    await openDialog(CHOICES, {
        progress: [
            { failed: [], sent: 1, waiting: 2 },
            { failed: [{ count: 1, reason: "Mailbox full" }], sent: 2, waiting: 0 },
        ],
    });
    await click(SEND);
    await waitForSteps(["test 1,2,3", "resend 1,2,3"]);
    await contains(`${RESULT}:contains(2 sent, 1 failed again.)`);
    await contains(".modal li:contains(Mailbox full: 1)");
    await contains(".o_mail_tracking_bulk_resend_waiting", { count: 0 });
    await click(".o_mail_tracking_bulk_resend_close");
    await contains(".modal", { count: 0 });
    await contains(".o_notification", { count: 0 });
});

test("closed early, it says how many are still waiting", async () => {
    const waiting = Array.from({ length: 1000 }, () => ({ failed: [], sent: 1, waiting: 2 }));
    await openDialog(CHOICES, { progress: waiting });
    await click(SEND);
    await waitForSteps(["test 1,2,3", "resend 1,2,3"]);
    await contains(".modal:contains(2 emails are waiting to be resent.)");
    await click(".o_mail_tracking_bulk_resend_close");
    await contains(".o_notification:contains(2 emails are waiting to be resent.)");
});

test("while the mail server cannot be used, nothing is resent", async () => {
    await openDialog(CHOICES, { problem: { reason: "Connection refused", server: "Outgoing" } });
    await click(SEND);
    await contains(
        ".modal [role=alert]:contains(The mail server Outgoing cannot be used: Connection refused. Nothing was resent.)"
    );
    await waitForSteps(["test 1,2,3"]);
    await contains(`${SEND}:enabled`);
});

test("where nothing can be resent, it says so", async () => {
    await openDialog({ doubtful: [], groups: [], left_out: 1 });
    await contains(".modal:contains(There is nothing that could be resent)");
    await contains(".modal:contains(1 other email is left out)");
    await contains(SEND, { count: 0 });
    await click(".modal-footer button:contains(Close)");
    await contains(".modal", { count: 0 });
});

test("the list of tracked emails opens it for a selection", async () => {
    onRpc("mail.tracking.email", "action_resend_choices", ({ args }) => {
        asyncStep(`choices ${args[0]}`);
        return CHOICES;
    });
    await start();
    getService("action").doAction({
        params: { tracking_ids: [7, 8] },
        tag: "mail_tracking.resend",
        type: "ir.actions.client",
    });
    await contains(".modal .o_mail_tracking_bulk_resend_group", { count: 3 });
    await waitForSteps(["choices 7,8"]);
});
