import { openResendServerDialog } from "@mail_tracking/components/resend_server_dialog/resend_server_dialog";
import { rememberFocus } from "@mail_tracking/core/kept_focus_hook";

import { registerThreadAction } from "@mail/core/common/thread_actions";

import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";

/** On a phone the header has no room for names, which are labels of the icons then. */
const onPhone =
    (icon) =>
    ({ store }) =>
        store.env.services.ui.isSmall ? icon : undefined;
const isFailedMailbox = ({ owner, store, thread }) =>
    thread?.eq(store.failed) && !owner.isDiscussSidebarChannelActions;

registerThreadAction("mail-tracking-resend-server", {
    condition: isFailedMailbox,
    disabledCondition: ({ thread }) => thread.isEmpty,
    icon: onPhone("fa fa-fw fa-paper-plane-o"),
    name: _t("Send again…"),
    open: ({ store }) => openResendServerDialog(store.env),
    sequence: 3,
});
registerThreadAction("mail-tracking-review-all", {
    condition: isFailedMailbox,
    disabledCondition: ({ store, thread }) => thread.isEmpty && !store.mail_tracking_failed_emails,
    icon: onPhone("fa fa-fw fa-check"),
    name: _t("Mark all as reviewed"),
    open: ({ store }) =>
        store.env.services.dialog.add(
            ConfirmationDialog,
            {
                title: _t("Mark all as reviewed"),
                body: _t(
                    "All messages and your own emails leave this mailbox, and nothing is sent again. The recipients still show as failed on their records."
                ),
                confirmLabel: _t("Mark all as reviewed"),
                confirm: () => store.reviewAllFailures(),
                cancel: () => {},
            },
            { onClose: rememberFocus() }
        ),
    sequence: 4,
});
