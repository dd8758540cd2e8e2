import { registerMessageAction } from "@mail/core/common/message_actions";

import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";

/** The rules on trackings: an author sees their own, a postmaster all; the server decides. */
function canProve({ message, store }) {
    return (
        message.hasTrackedRecipients &&
        (message.isSelfAuthored || store.mail_tracking_is_postmaster) &&
        message.partner_trackings.some(({ tracking_id }) => tracking_id)
    );
}

/** As a page for people, or as data for the check of a proof. */
function chooseProof({ message, store }) {
    const { action, dialog, orm } = store.env.services;
    const run = async (method) =>
        action.doAction(await orm.call("mail.message", method, [[message.id]]));
    dialog.add(ConfirmationDialog, {
        title: _t("Proof of sending"),
        body: _t(
            "What was sent, which server took it, and what came back: one page for each recipient. The data hold the same facts, signed by this database, so that a postmaster can check them."
        ),
        confirm: () => run("action_tracking_proof"),
        confirmLabel: _t("Print"),
        cancel: () => run("action_tracking_proof_data"),
        cancelLabel: _t("Download data"),
        dismiss: () => {},
    });
}

registerMessageAction("mail-tracking-proof", {
    condition: canProve,
    icon: "fa fa-print",
    name: _t("Proof of sending"),
    onSelected: chooseProof,
    sequence: 110,
});
