import { openResendServerDialog } from "@mail_tracking/components/resend_server_dialog/resend_server_dialog";

import { registerThreadAction } from "@mail/core/common/thread_actions";

import { _t } from "@web/core/l10n/translation";

const isFailedMailbox = ({ owner, store, thread }) =>
    thread?.eq(store.failed) && !owner.isDiscussSidebarChannelActions;

registerThreadAction("mail-tracking-resend-server", {
    condition: isFailedMailbox,
    disabledCondition: ({ thread }) => thread.isEmpty,
    name: _t("Send again…"),
    open: ({ store }) => openResendServerDialog(store.env),
    sequence: 3,
});
registerThreadAction("mail-tracking-review-all", {
    condition: isFailedMailbox,
    disabledCondition: ({ store, thread }) => thread.isEmpty && !store.mail_tracking_failed_emails,
    name: _t("Mark all as reviewed"),
    open: ({ store }) => store.reviewAllFailures(),
    sequence: 4,
});
