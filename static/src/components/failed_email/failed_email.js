import { useTrackingPopover } from "@mail_tracking/components/message_tracking/message_tracking_popover";
import { useKeptFocus } from "@mail_tracking/core/kept_focus_hook";
import { getTrackingStatus } from "@mail_tracking/core/tracking_status";
import { describeTracking, getFailureReason } from "@mail_tracking/core/tracking_text";

import { RelativeTime } from "@mail/core/common/relative_time";

import { Component, useState } from "@odoo/owl";

import { useService } from "@web/core/utils/hooks";

const { DateTime } = luxon;

/**
 * An email that did not arrive, and whose message Odoo deleted when it was sent.
 *
 * @typedef {Object} Props
 * @property {import("models").FailedEmail} email
 * @extends {Component<Props, Env>}
 */
export class FailedEmail extends Component {
    static template = "mail_tracking.FailedEmail";
    static components = { RelativeTime };
    static props = { email: Object };

    setup() {
        super.setup();
        this.store = useService("mail.store");
        this.state = useState({ isBusy: false });
        useKeptFocus("root");
        this.popover = useTrackingPopover();
    }

    get datetimeShort() {
        return this.props.email.date.toLocaleString(DateTime.DATETIME_SHORT_WITH_SECONDS);
    }

    get group() {
        const { tracking } = this.props.email;
        return { items: [tracking], reason: getFailureReason(tracking) };
    }

    getStatus(tracking) {
        return getTrackingStatus(tracking.status);
    }

    getTooltip(tracking) {
        return describeTracking(tracking);
    }

    onClickStatus(ev, tracking) {
        this.popover.open(ev.currentTarget, { tracking });
    }

    async onClickReview() {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            await this.store.reviewFailures([], [this.props.email]);
        } finally {
            this.state.isBusy = false;
        }
    }
}
