import { fields, Record } from "@mail/core/common/record";

import { serializeDateTime } from "@web/core/l10n/dates";

const { DateTime } = luxon;

/** What became of a mail, for all recipients of whom the same is said. */
export class SharedStatus extends Record {
    static _name = "mail.tracking.status";
    static id = "id";

    /** @type {string} */
    id;
    /** @type {Partial<import("models").PartnerTracking>} */
    values = fields.Attr({});
}
SharedStatus.register();

/**
 * Put together what is known of one recipient, which the server sends in parts.
 *
 * @param {import("models").Store} store
 * @param {import("models").TrackingLine} line
 * @returns {import("models").PartnerTracking}
 */
export function expandLine(store, { id, partner, status, time, ...own }) {
    const contact = partner ? store["res.partner"].get(partner) : undefined;
    return {
        ...store["mail.tracking.status"].get(status).values,
        tracking_id: id,
        partner_id: partner,
        recipient: contact?.name || "",
        email: contact?.email || false,
        time: time && serializeDateTime(DateTime.fromSeconds(time)),
        ...own,
    };
}
