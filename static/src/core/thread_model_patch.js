import { fields } from "@mail/core/common/record";
import { Thread } from "@mail/core/common/thread_model";
import "@mail/core/public_web/thread_model_patch";

import { patch } from "@web/core/utils/patch";

/** @type {import("models").Thread} */
const threadPatch = {
    setup() {
        super.setup(...arguments);
        /** All of the record, also those that are not among the messages loaded so far. */
        this.failed_messages = fields.Many("mail.message", {
            inverse: "threadAsFailed",
            // a list from the server that does not name a message any more settles it
            onDelete: (message) => (message.mail_tracking_needs_action = false),
            sort: (message1, message2) => message2.id - message1.id,
        });
        /** Those of the record whose message was deleted, newest first. */
        this.failed_emails = fields.Many("mail.tracking.email", {
            inverse: "thread",
            sort: (email1, email2) => email2.id - email1.id,
        });
    },

    /** @override */
    setAsDiscussThread() {
        super.setAsDiscussThread(...arguments);
        if (this.eq(this.store.failed) && this.store.env.services.ui.isSmall) {
            this.store.discuss.activeTab = "failed";
        }
    },

    /** @override */
    getFetchRoute() {
        return this.model === "mail.box" && this.id === "failed"
            ? "/mail/failed/messages"
            : super.getFetchRoute();
    },
};
patch(Thread.prototype, threadPatch);
