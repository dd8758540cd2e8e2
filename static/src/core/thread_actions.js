import { openBulkResendDialog } from "@mail_tracking/components/bulk_resend_dialog/bulk_resend_dialog";

import { registerThreadAction } from "@mail/core/common/thread_actions";

import { _t } from "@web/core/l10n/translation";

/** On a phone the header has no room for names, which are labels of the icons then. */
const onPhone =
    (icon) =>
    ({ store }) =>
        store.env.services.ui.isSmall ? icon : undefined;
const isFailedMailbox = ({ owner, store, thread }) =>
    thread?.eq(store.failed) && !owner.isDiscussSidebarChannelActions;

registerThreadAction("mail-tracking-resend", {
    condition: (params) => isFailedMailbox(params) && !params.thread.isEmpty,
    icon: onPhone("fa fa-fw fa-paper-plane-o"),
    name: _t("Resend…"),
    open: ({ store }) =>
        openBulkResendDialog(store.env, {
            onResent: () => store.env.services["mail_tracking.live"].refetch(),
        }),
    sequence: 3,
});
registerThreadAction("mail-tracking-review-all", {
    condition: (params) =>
        isFailedMailbox(params) &&
        (!params.thread.isEmpty || params.store.mail_tracking_failed_emails > 0),
    icon: onPhone("fa fa-fw fa-check"),
    name: _t("Mark all as reviewed"),
    open: ({ store }) => store.reviewAllFailures(),
    sequence: 4,
});
