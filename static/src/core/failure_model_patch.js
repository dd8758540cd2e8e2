import { Failure } from "@mail/core/common/failure_model";

import { patch } from "@web/core/utils/patch";

/** @type {import("models").Failure} */
const failurePatch = {
    /** Those that are not in the Failed mailbox: text messages, and emails without tracking. */
    get otherNotifications() {
        return this.notifications.filter(
            ({ mail_message_id, notification_type }) =>
                notification_type !== "email" || !mail_message_id?.mail_tracking_needs_action
        );
    },
};
patch(Failure.prototype, failurePatch);
