import {
    click,
    contains,
    openDiscuss,
    openFormView,
    start,
} from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { animationFrame, press, queryAll, queryFirst, queryOne } from "@odoo/hoot-dom";
import {
    createFailedMessage,
    defineMailTrackingModels,
    makeFailure,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { serverState } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

/** Two failed messages of a contact; their ids, the newer one first. */
async function createTwo() {
    const { messageId, partnerId, pyEnv } = await createFailedMessage();
    const other = pyEnv["mail.message"].create({
        author_id: serverState.partnerId,
        body: "not empty",
        mail_tracking_needs_action: true,
        message_type: "comment",
        model: "res.partner",
        partner_trackings: [makeFailure()],
        res_id: partnerId,
    });
    return { ids: [other, messageId], partnerId };
}

const expectFocusIn = (selector) =>
    expect(queryOne(selector).contains(document.activeElement)).toBe(true);

const pressOn = async (selector) => {
    queryFirst(selector).focus();
    await press("Enter");
};

test("reviewing by the keyboard leads from one failure to the next, then into the chatter", async () => {
    const { ids, partnerId } = await createTwo();
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_failed", { count: 2 });
    await pressOn(
        `.o_mail_tracking_failed[data-message-id='${ids[0]}'] .o_mail_tracking_failed_review`
    );
    await contains(".o_mail_tracking_failed", { count: 1 });
    expectFocusIn(`.o_mail_tracking_failed[data-message-id='${ids[1]}']`);
    await pressOn(".o_mail_tracking_failed_review");
    await contains(".o_mail_tracking_failed_box", { count: 0 });
    expectFocusIn(".o-mail-Chatter");
});

test("in the mailbox the focus stays in Discuss, also after the last one", async () => {
    await createTwo();
    await start();
    await openDiscuss("mail.box_failed");
    await contains(".o_mail_tracking_failed_review", { count: 2 });
    for (const count of [1, 0]) {
        await pressOn(".o_mail_tracking_failed_review");
        await contains(".o_mail_tracking_failed_review", { count });
        expectFocusIn(".o-mail-Discuss");
    }
});

test("a message that was sent again hands the focus on", async () => {
    const { partnerId } = await createFailedMessage();
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_failed_resend");
    await pressOn(".o_mail_tracking_failed_resend");
    await click(".modal-footer button:contains(Send)");
    await contains(".modal", { count: 0 });
    await contains(".o_mail_tracking_failed_box", { count: 0 });
    expectFocusIn(".o-mail-Chatter");
});

test("after all are marked as reviewed the focus stays in Discuss", async () => {
    await createTwo();
    await start();
    await openDiscuss("mail.box_failed");
    await contains(".o_mail_tracking_failed_review", { count: 2 });
    await pressOn("[name=mail-tracking-review-all]");
    await contains(".modal-footer .btn-primary");
    await pressOn(".modal-footer .btn-primary");
    await contains(".modal", { count: 0 });
    await contains("h4:contains(There is nothing to do)");
    await animationFrame();
    await animationFrame();
    expectFocusIn(".o-mail-Discuss");
});

test("a dialog that is discarded leads back to its button", async () => {
    const { partnerId } = await createFailedMessage();
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_failed_resend");
    await pressOn(".o_mail_tracking_failed_resend");
    await contains(".modal .o_mail_tracking_resend_email:focus");
    await press("Escape");
    await contains(".modal", { count: 0 });
    expect(".o_mail_tracking_failed_resend").toBeFocused();
});

test("each input of the dialog is named after its recipient", async () => {
    const { partnerId } = await createFailedMessage([
        makeFailure({ partner_id: serverState.partnerId, recipient: "Errol" }),
        makeTracking({ recipient: "Olga" }),
    ]);
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o_mail_tracking_failed_resend");
    await contains(".modal .o_mail_tracking_resend_email", { count: 2 });
    queryOne(".o_mail_tracking_resend_row:contains(Errol) .o_mail_tracking_resend_email").value =
        "x@y";
    queryOne(
        ".o_mail_tracking_resend_row:contains(Errol) .o_mail_tracking_resend_email"
    ).dispatchEvent(new Event("input"));
    await contains(".o_mail_tracking_resend_save");
    const getName = (input) =>
        input.getAttribute("aria-label") ??
        (input.getAttribute("aria-labelledby")?.split(" ") ?? [])
            .map((id) => document.getElementById(id).textContent)
            .join(" ");
    for (const row of queryAll(".o_mail_tracking_resend_row")) {
        const name = row.querySelector(".o_mail_tracking_resend_name").textContent;
        for (const input of row.querySelectorAll("input")) {
            const label = getName(input) || input.labels[0].textContent;
            expect(label).toInclude(name);
        }
    }
});
