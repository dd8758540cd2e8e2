import { fields, Record } from "@mail/core/common/record";

import { serializeDateTime } from "@web/core/l10n/dates";

const { DateTime } = luxon;

/** What is not sent of an outcome, as it is so most of the time. */
const NO_OUTCOME = {
    error_type: false,
    error_description: false,
    evidence: "",
    isCc: false,
    state: "",
    shared: 1,
};

/** What became of a mail, for all recipients of whom the same is said. */
export class TrackingOutcome extends Record {
    static _name = "mail.tracking.outcome";
    static id = "id";

    /** @type {string} */
    id;
    /** @type {Partial<import("models").PartnerTracking>} */
    values = fields.Attr({});
}
TrackingOutcome.register();

/**
 * Make one recipient full again, whom the server sent in short.
 *
 * @param {import("models").Store} store
 * @param {[number|false, number|false, string, number|false, Object?]} row tracking, contact,
 *  outcome, seconds since 1970, and what the contact does not tell
 * @returns {import("models").PartnerTracking}
 */
export function expandTracking(store, [trackingId, partnerId, outcomeId, seconds, own]) {
    const partner = partnerId ? store["res.partner"].get(partnerId) : undefined;
    const time = seconds === false ? false : DateTime.fromSeconds(seconds);
    return {
        ...NO_OUTCOME,
        ...store["mail.tracking.outcome"].get(outcomeId).values,
        tracking_id: trackingId,
        partner_id: partnerId,
        recipient: partner?.name || "",
        email: partner?.email || false,
        time: time && serializeDateTime(time),
        ...own,
    };
}
