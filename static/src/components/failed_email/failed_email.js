import { useTrackingPopover } from "@mail_tracking/components/message_tracking/message_tracking_popover";
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
 * @property {import("models").Thread} thread its record
 * @extends {Component<Props, Env>}
 */
export class FailedEmail extends Component {
    static template = "mail_tracking.FailedEmail";
    static components = { RelativeTime };
    static props = { email: Object, thread: Object };

    setup() {
        super.setup();
        this.store = useService("mail.store");
        this.state = useState({ isBusy: false });
        this.popover = useTrackingPopover();
    }

    get datetimeShort() {
        return this.props.email.date.toLocaleString(DateTime.DATETIME_SHORT_WITH_SECONDS);
    }

    get recipient() {
        const { tracking } = this.props.email;
        return {
            reason: getFailureReason(tracking),
            status: getTrackingStatus(tracking.status),
            tracking,
        };
    }

    /** Whether to offer the review; the server decides. */
    get canReview() {
        return (
            this.props.email.is_own ||
            this.props.thread.hasWriteAccess ||
            this.store.mail_tracking_is_postmaster
        );
    }

    getTooltip(tracking) {
        return describeTracking(tracking);
    }

    onClickStatus(ev, { tracking }) {
        this.popover.open(ev.currentTarget, { tracking });
    }

    async onClickReview() {
        this.state.isBusy = true;
        try {
            await this.props.thread.reviewFailedEmail(this.props.email);
        } finally {
            this.state.isBusy = false;
        }
    }
}
