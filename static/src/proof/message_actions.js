import { registerMessageAction } from "@mail/core/common/message_actions";

import { _t } from "@web/core/l10n/translation";

/** The rules on trackings: an author sees their own, a postmaster all; the server decides. */
function canProve({ message, store }) {
    return (
        message.hasTrackedRecipients &&
        (message.isSelfAuthored || store.mail_tracking_is_postmaster) &&
        message.partner_trackings.some(({ tracking_id }) => tracking_id)
    );
}

async function run(method, { message, store }) {
    const { action, orm } = store.env.services;
    return action.doAction(await orm.call("mail.message", method, [[message.id]]));
}

registerMessageAction("mail-tracking-proof", {
    condition: canProve,
    icon: "fa fa-print",
    name: _t("Proof of sending"),
    onSelected: (params) => run("action_tracking_proof", params),
    sequence: 110,
});

registerMessageAction("mail-tracking-proof-data", {
    condition: canProve,
    icon: "fa fa-download",
    name: _t("Download proof as data"),
    onSelected: (params) => run("action_tracking_proof_data", params),
    sequence: 111,
});
