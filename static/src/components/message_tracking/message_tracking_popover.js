import { getTrackingStatus } from "@mail_tracking/core/tracking_status";
import { formatTrackingTime, getTrackingLabel } from "@mail_tracking/core/tracking_text";

import { Component, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/**
 * What happened to the mail to one recipient, in the order of time.
 *
 * @typedef {Object} Props
 * @property {number} messageId
 * @property {import("models").PartnerTracking} tracking
 * @property {() => void} close
 * @extends {Component<Props, Env>}
 */
export class MessageTrackingPopover extends Component {
    static template = "mail_tracking.MessageTrackingPopover";
    static props = { close: Function, messageId: Number, tracking: Object };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.state = useState({ details: undefined, isLoading: false });
        this.formatTime = formatTrackingTime;
        if (this.props.tracking.tracking_id) {
            this.load();
        }
    }

    /** Show at once what is known already: events may take their time. */
    async load() {
        this.state.isLoading = true;
        try {
            this.state.details = await this.orm.call("mail.message", "get_tracking_details", [
                [this.props.messageId],
                this.props.tracking.tracking_id,
            ]);
        } finally {
            this.state.isLoading = false;
        }
    }

    get email() {
        const { email, recipient } = this.props.tracking;
        return email && !recipient.includes(email) ? email : "";
    }

    get label() {
        return getTrackingLabel(this.props.tracking);
    }

    get sharedText() {
        const { shared } = this.props.tracking;
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
        return getTrackingStatus(this.props.tracking.status);
    }
}
