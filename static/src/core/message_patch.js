import { FailedMessage } from "@mail_tracking/components/failed_message/failed_message";
import { MessageTracking } from "@mail_tracking/components/message_tracking/message_tracking";

import { Message } from "@mail/core/common/message";

import { patch } from "@web/core/utils/patch";

Object.assign(Message.components, { FailedMessage, MessageTracking });

patch(Message.prototype, {
    get isInFailedMailbox() {
        return (
            this.message.mail_tracking_needs_action &&
            Boolean(this.props.thread?.eq(this.store.failed))
        );
    },
});
