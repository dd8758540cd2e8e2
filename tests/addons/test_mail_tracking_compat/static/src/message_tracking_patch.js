import { MessageTracking } from "@mail_tracking/components/message_tracking/message_tracking";

import { patch } from "@web/core/utils/patch";

patch(MessageTracking.prototype, {
    get hookedLine() {
        return this.props.message.partner_trackings
            .map((tracking) => `${tracking.hooks_mark} is ${tracking.status}`)
            .join(", ");
    },
});
