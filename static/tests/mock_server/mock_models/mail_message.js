import { mailModels } from "@mail/../tests/mail_test_helpers";
import { mailDataHelpers } from "@mail/../tests/mock_server/mail_mock_server";

import { fields } from "@web/../tests/web_test_helpers";

export class MailMessage extends mailModels.MailMessage {
    /** Computed by the real server: a test writes here what the client gets. */
    partner_trackings = fields.Json({ default: [] });
    /** What `get_tracking_details` tells, by tracking. */
    tracking_details = fields.Json({ default: {} });

    get _to_store_defaults() {
        return [
            ...super._to_store_defaults,
            mailDataHelpers.Store.attr("partner_trackings", (m) => m.partner_trackings),
        ];
    }

    /**
     * @param {number[]} ids
     * @param {number} trackingId
     */
    get_tracking_details(ids, trackingId) {
        const [message] = this.browse(ids);
        return message.tracking_details[trackingId];
    }
}
