import { Message } from "@mail/core/common/message_model";
import { fields } from "@mail/core/common/record";

import { patch } from "@web/core/utils/patch";

/** @type {import("models").Message} */
const messagePatch = {
    setup() {
        super.setup(...arguments);
        /** Reminders of the user, and what they want to be told. */
        this.mail_tracking_reminders = fields.Attr([]);
    },

    /** Whether it went out by email, so that an answer can be waited for. */
    get canBeRemindedOf() {
        return (
            this.hasTrackedRecipients &&
            this.partner_trackings.some(({ tracking_id }) => tracking_id)
        );
    },

    /** @param {number} id of a reminder */
    async cancelReminder(id) {
        const { orm } = this.store.env.services;
        const args = [[this.id], id];
        this.mail_tracking_reminders = await orm.call("mail.message", "cancel_reminder", args);
    },
};
patch(Message.prototype, messagePatch);
