import { openResendDialog } from "@mail_tracking/components/resend_dialog/resend_dialog";

import { registerMessageAction } from "@mail/core/common/message_actions";

import { _t } from "@web/core/l10n/translation";

registerMessageAction("mail-tracking-resend", {
    // the Failed mailbox has a button for that
    condition: ({ message, store, thread }) =>
        message.hasTrackedRecipients && message.canResolveFailure && !thread?.eq(store.failed),
    icon: "fa fa-paper-plane-o",
    name: _t("Resend…"),
    onSelected: ({ message, store }) => openResendDialog(store.env, message),
    sequence: 75,
});
