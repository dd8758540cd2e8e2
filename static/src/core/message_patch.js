import { FailedMessage } from "@mail_tracking/components/failed_message/failed_message";
import { MessageTracking } from "@mail_tracking/components/message_tracking/message_tracking";
import { openResendDialog } from "@mail_tracking/components/resend_dialog/resend_dialog";

import { Message } from "@mail/core/common/message";

import { markEventHandled } from "@web/core/utils/misc";
import { patch } from "@web/core/utils/patch";

Object.assign(Message.components, { FailedMessage, MessageTracking });

patch(Message.prototype, {
    /** The red envelope leads to what can be done about it. */
    onClickNotification(ev) {
        const { message } = this;
        const isFailed = message.failureNotifications.some(
            ({ notification_type }) => notification_type === "email"
        );
        if (isFailed && message.mail_tracking_needs_action && message.canResolveFailure) {
            markEventHandled(ev, "Message.ClickFailure");
            return openResendDialog(this.env, message);
        }
        return super.onClickNotification(ev);
    },

    get isInFailedMailbox() {
        return (
            this.message.mail_tracking_needs_action &&
            Boolean(this.props.thread?.eq(this.store.failed))
        );
    },
});
