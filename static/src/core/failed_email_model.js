import { fields, Record } from "@mail/core/common/record";

/** A failure whose message was deleted. */
export class FailedEmail extends Record {
    static _name = "mail.tracking.email";
    static id = "id";

    /** @type {number} */
    id;
    /** @type {string} */
    author;
    date = fields.Datetime();
    /** @type {boolean} */
    is_own;
    /** @type {string} */
    subject;
    /** @type {import("models").PartnerTracking} */
    tracking = fields.Attr({});
    thread = fields.One("Thread");

    /** Whether to offer the review; the server decides. */
    get canReview() {
        return this.is_own || this.thread?.hasWriteAccess || this.store.mail_tracking_is_postmaster;
    }
}
FailedEmail.register();
