import { getTrackingStatus } from "@mail_tracking/core/tracking_status";
import { formatTrackingTime, getTrackingLabel } from "@mail_tracking/core/tracking_text";

import { Component, useEffect, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/**
 * What happened to the mail to one recipient, in the order of time.
 *
 * @typedef {Object} Props
 * @property {import("models").Message} [message] none where Odoo deleted it
 * @property {import("models").PartnerTracking} tracking of the recipient, when it was clicked
 * @property {() => void} close
 * @extends {Component<Props, Env>}
 */
export class MessageTrackingPopover extends Component {
    static template = "mail_tracking.MessageTrackingPopover";
    static props = {
        close: Function,
        message: { type: Object, optional: true },
        tracking: Object,
    };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.state = useState({ details: undefined, isLoading: false });
        this.formatTime = formatTrackingTime;
        this.lastLoad = 0;
        useEffect(
            () => {
                if (this.tracking.tracking_id) {
                    this.load();
                }
            },
            // whenever the server has something new to tell about the recipient
            () => [JSON.stringify(this.tracking)]
        );
    }

    /** What is known of the recipient by now: a mail sent again has a tracking of its own. */
    get tracking() {
        const { message, tracking } = this.props;
        const { partner_id, recipient, tracking_id } = tracking;
        if (!message) {
            return tracking;
        }
        return (
            (tracking_id && message.partner_trackings.find((t) => t.tracking_id === tracking_id)) ||
            message.partner_trackings.find(
                (t) => t.partner_id === partner_id && t.recipient === recipient
            ) ||
            tracking
        );
    }

    fetchDetails() {
        const { message } = this.props;
        const { tracking_id } = this.tracking;
        return message
            ? this.orm.call("mail.message", "get_tracking_details", [[message.id], tracking_id])
            : this.orm.call("mail.message", "get_failed_email_details", [tracking_id]);
    }

    /** Show at once what is known already: events may take their time. */
    async load() {
        const load = ++this.lastLoad;
        this.state.isLoading = true;
        try {
            const details = await this.fetchDetails();
            if (load === this.lastLoad) {
                this.state.details = details;
            }
        } finally {
            if (load === this.lastLoad) {
                this.state.isLoading = false;
            }
        }
    }

    get email() {
        const { email, recipient } = this.tracking;
        return email && !recipient.includes(email) ? email : "";
    }

    get label() {
        return getTrackingLabel(this.tracking);
    }

    get sharedText() {
        const { shared } = this.tracking;
        return shared > 1
            ? _t(
                  "The same email went to %(count)s recipients: which of them opened it is unknown.",
                  {
                      count: shared,
                  }
              )
            : "";
    }

    get status() {
        return getTrackingStatus(this.tracking.status, this.tracking.state);
    }
}
