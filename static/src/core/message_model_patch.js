import { expandLine } from "@mail_tracking/core/shared_status_model";
import { getTrackingStatus } from "@mail_tracking/core/tracking_status";

import { Message } from "@mail/core/common/message_model";
import { fields } from "@mail/core/common/record";

import { patch } from "@web/core/utils/patch";

/** @type {import("models").Message} */
const messagePatch = {
    setup() {
        super.setup(...arguments);
        this.partner_trackings = fields.Attr([]);
        /** The same in parts, as the server sends it. */
        this.tracking_lines = fields.Attr(undefined, {
            /** @this {import("models").Message} */
            onUpdate() {
                this.partner_trackings = (this.tracking_lines ?? []).map((line) =>
                    expandLine(this.store, line)
                );
            },
        });
        /** How often it was opened, where opens are counted and tied to nobody. */
        this.mail_tracking_opens = fields.Attr(0);
        /** A recipient did not get it, and nobody reviewed that yet. */
        this.mail_tracking_needs_action = fields.Attr(false, {
            /** @this {import("models").Message} */
            onUpdate() {
                if (!this.mail_tracking_needs_action) {
                    this.store.failed?.messages.delete(this);
                }
            },
        });
        this.threadAsFailed = fields.One("Thread", {
            /** @this {import("models").Message} */
            compute() {
                return this.mail_tracking_needs_action ? this.thread : undefined;
            },
            eager: true,
            inverse: "failed_messages",
        });
    },

    /** Channels show who saw a message by their own means. */
    get hasTrackedRecipients() {
        return this.partner_trackings?.length > 0 && this.thread?.model !== "discuss.channel";
    },

    /** Whether the chatter of its record shows it: core loads all but notes to single people. */
    get isInChatter() {
        return this.message_type !== "user_notification";
    },

    get failedTrackings() {
        return this.partner_trackings.filter(({ status }) => getTrackingStatus(status).isFailure);
    },

    /** Whether to offer review and resend; the server decides. */
    get canResolveFailure() {
        return Boolean(
            this.isSelfAuthored ||
            this.needaction ||
            this.isSelfMentioned ||
            this.thread?.hasWriteAccess ||
            this.store.mail_tracking_is_postmaster ||
            (this.store.failed && this.in(this.store.failed.messages))
        );
    },

    async reviewFailure() {
        await this.store.reviewFailures([this]);
    },
};
patch(Message.prototype, messagePatch);
