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
}
FailedEmail.register();
