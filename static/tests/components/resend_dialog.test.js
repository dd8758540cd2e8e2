import { click, contains, insertText, openFormView, start } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { Deferred } from "@odoo/hoot-mock";
import {
    createFailedMessage,
    defineMailTrackingModels,
    makeFailure,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { asyncStep, makeServerError, onRpc, waitForSteps } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

const SEND = ".modal-footer button:contains(Resend)";
const row = (name) => `.o_mail_tracking_resend_row:contains(${name})`;
const email = (name) => `${row(name)} .o_mail_tracking_resend_email`;
const tick = (name) => `${row(name)} > input[type=checkbox]`;

const ERROL = { email: "errol@example.cmo", partner_id: 7, recipient: "Errol" };

/** Open the dialog of a message with these recipients; tell what is sent. */
async function openDialog(trackings, values) {
    onRpc("mail.message", "resend_to", ({ args: [[messageId], recipients] }) =>
        asyncStep(recipients.map(({ email, save }) => `${email}${save ? " saved" : ""}`).join(", "))
    );
    const created = await createFailedMessage(trackings, values);
    await start();
    await openFormView("res.partner", created.partnerId);
    await click(".o_mail_tracking_failed_resend");
    await contains(".modal .o_mail_tracking_resend_row", { count: trackings.length });
    return created;
}

test("those who did not get it come first and are ticked, others can be added", async () => {
    await openDialog(
        [
            makeTracking({ email: "olga@example.com", recipient: "Olga", status: "sent" }),
            makeFailure(ERROL),
        ],
        { subject: "Offer" }
    );
    await contains(".modal-title:contains(Resend: Offer)");
    expect(queryAllTexts(".o_mail_tracking_resend_name")).toEqual(["Errol", "Olga"]);
    expect(queryAllTexts(".o_mail_tracking_resend_title")).toEqual([
        "Did not get it",
        "Resend to others",
    ]);
    expect(tick("Errol")).toBeChecked();
    expect(tick("Olga")).not.toBeChecked();
    await contains(`${row("Errol")}:contains(Address does not exist: 550 5.1.1 User unknown)`);
    expect(email("Errol")).toBeFocused();
    expect(email("Errol")).toHaveValue("errol@example.cmo");
    await click(tick("Olga"));
    await click(SEND);
    await contains(".modal", { count: 0 });
    await contains(".o_notification:contains(Resent to 2 recipients.)");
    await waitForSteps(["errol@example.cmo, olga@example.com"]);
});

test("a corrected address is saved to the contact by default", async () => {
    await openDialog([makeFailure(ERROL)]);
    await contains(".o_mail_tracking_resend_save", { count: 0 });
    await insertText(email("Errol"), "errol@example.com", { replace: true });
    expect(".o_mail_tracking_resend_save").toBeChecked();
    await contains(".o_mail_tracking_resend_stranger", { count: 0 });
    await click(SEND);
    await contains(".modal", { count: 0 });
    await waitForSteps(["errol@example.com saved"]);
    await contains(".o_mail_tracking_failed_box", { count: 0 });
    await contains(".o_mail_tracking_recipient[data-status=sent]");
});

test("the form of a contact shows the address that was saved to it", async () => {
    const { messageId, partnerId, pyEnv } = await createFailedMessage();
    pyEnv["res.partner"].write([partnerId], { email: ERROL.email });
    pyEnv["mail.message"].write([messageId], {
        partner_trackings: [makeFailure({ ...ERROL, partner_id: partnerId })],
    });
    await start();
    await openFormView("res.partner", partnerId, {
        arch: `<form><field name="email"/><chatter/></form>`,
    });
    await contains(`[name=email] input:value(${ERROL.email})`);
    await click(".o_mail_tracking_failed_resend");
    await insertText(email("Errol"), "errol@example.com", { replace: true });
    await click(SEND);
    await contains("[name=email] input:value(errol@example.com)");
});

test("a corrected address is for this message only when one says so", async () => {
    await openDialog([makeFailure(ERROL)]);
    await insertText(email("Errol"), "errol@example.com", { replace: true });
    await click(".o_mail_tracking_resend_save");
    await contains(".o_mail_tracking_resend_stranger:contains(without personal links)");
    await click(SEND);
    await waitForSteps(["errol@example.com"]);
});

test("a contact that the user may not change is not offered to be saved", async () => {
    await openDialog([makeFailure({ ...ERROL, partner_id: false })]);
    await insertText(email("Errol"), "errol@example.com", { replace: true });
    await contains(".o_mail_tracking_resend_save", { count: 0 });
    await contains(".o_mail_tracking_resend_stranger");
    await insertText(email("Errol"), ERROL.email, { replace: true });
    await contains(".o_mail_tracking_resend_stranger", { count: 0 });
    await insertText(email("Errol"), "errol@example.com", { replace: true });
    await click(SEND);
    await waitForSteps(["errol@example.com"]);
});

test("without anybody ticked, nothing can be sent", async () => {
    await openDialog([makeFailure(ERROL)]);
    await contains(`${SEND}:enabled`);
    await click(tick("Errol"));
    await contains(`${SEND}:disabled`);
    await press("Enter");
    await waitForSteps([]);
});

test("who gets a new address is ticked by that", async () => {
    await openDialog([
        makeFailure(ERROL),
        makeTracking({ email: "olga@example.com", recipient: "Olga" }),
    ]);
    await insertText(email("Olga"), "olga@example.net", { replace: true });
    expect(tick("Olga")).toBeChecked();
});

test("an error shows beside its address, nothing was sent, and the focus is there", async () => {
    await openDialog([
        makeFailure({ ...ERROL, recipient: "Anna" }),
        makeFailure({ ...ERROL, recipient: "Errol" }),
    ]);
    await insertText(email("Errol"), "errol", { replace: true });
    await click(SEND);
    await contains(`${row("Errol")} [role=alert]:contains(This is not an email address.)`);
    await contains("[role=alert]", { count: 1 });
    expect(email("Errol")).toBeFocused();
    expect(email("Errol")).toHaveAttribute("aria-invalid", "true");
    expect(email("Errol")).toHaveAttribute("aria-describedby", queryOne("[role=alert]").id);
    await waitForSteps(["errol@example.cmo, errol saved"]);
    await insertText(email("Errol"), "@example.com");
    await contains("[role=alert]", { count: 0 });
    await click(SEND);
    await contains(".modal", { count: 0 });
    await waitForSteps(["errol@example.cmo, errol@example.com saved"]);
});

test("a recipient without address needs one", async () => {
    await openDialog([
        makeTracking({ email: false, partner_id: 3, recipient: "Noel", status: "no_email" }),
    ]);
    expect(email("Noel")).toHaveValue("");
    await click(SEND);
    await contains("[role=alert]");
    await insertText(email("Noel"), "noel@example.com");
    await click(SEND);
    await contains(".modal", { count: 0 });
    await waitForSteps(["", "noel@example.com saved"]);
});

test("Enter in an address sends, and only once", async () => {
    const answer = new Deferred();
    onRpc("mail.message", "resend_to", () => answer);
    await openDialog([makeFailure(ERROL)]);
    await press("Enter");
    await contains(`${SEND}:disabled`);
    await press("Enter");
    answer.resolve({ errors: [] });
    await contains(".modal", { count: 0 });
    await waitForSteps(["errol@example.cmo"]);
});

test("Escape closes without sending", async () => {
    await openDialog([makeFailure(ERROL)]);
    await press("Escape");
    await contains(".modal", { count: 0 });
    await waitForSteps([]);
});

test("when the server refuses, the dialog stays with what was typed", async () => {
    expect.errors(1);
    onRpc("mail.message", "resend_to", () => {
        throw makeServerError({ message: "no" });
    });
    await openDialog([makeFailure(ERROL)]);
    await insertText(email("Errol"), "errol@example.com", { replace: true });
    await click(SEND);
    await contains(".o_error_dialog");
    await click(".o_error_dialog .btn-primary");
    expect(email("Errol")).toHaveValue("errol@example.com");
    await contains(`${SEND}:enabled`);
    await waitForSteps(["errol@example.com saved"]);
    expect.verifyErrors(["RPC_ERROR: no"]);
});

test("a message that nobody can get again says so", async () => {
    onRpc("mail.message", "get_resend_details", ({ args: [[message_id]] }) => ({
        message_id,
        record_name: false,
        recipients: [],
        subject: false,
    }));
    const { partnerId } = await createFailedMessage();
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o_mail_tracking_failed_resend");
    await contains(".modal:contains(There is nobody to whom)");
    await contains(`${SEND}:disabled`);
});
