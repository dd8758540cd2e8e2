import { useTrackingPopover } from "@mail_tracking/components/message_tracking/message_tracking_popover";
import { openResendDialog } from "@mail_tracking/components/resend_dialog/resend_dialog";
import { useKeptFocus } from "@mail_tracking/core/kept_focus_hook";
import { useTrackingLive } from "@mail_tracking/core/tracking_live_hook";
import { getTrackingStatus } from "@mail_tracking/core/tracking_status";
import {
    describeTracking,
    getFailureReason,
    groupByReason,
} from "@mail_tracking/core/tracking_text";

import { RelativeTime } from "@mail/core/common/relative_time";

import { Component, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";

/**
 * Whom a message did not reach and why, and what can be done about it.
 *
 * @typedef {Object} Props
 * @property {import("models").Message} message
 * @property {boolean} [isInMailbox] the message itself is shown above
 * @extends {Component<Props, Env>}
 */
export class FailedMessage extends Component {
    static template = "mail_tracking.FailedMessage";
    static components = { RelativeTime };
    static props = { message: Object, isInMailbox: { type: Boolean, optional: true } };
    static defaultProps = { isInMailbox: false };

    /** Above these numbers the rest is one click away. */
    static maxRecipients = 3;
    static maxRecipientsInMailbox = 8;

    setup() {
        super.setup();
        this.state = useState({ isBusy: false, isUnfolded: false });
        this.popover = useTrackingPopover();
        useTrackingLive(() => this.props.message.thread);
        useKeptFocus("root");
    }

    get message() {
        return this.props.message;
    }

    get maxRecipients() {
        const { maxRecipients, maxRecipientsInMailbox } = this.constructor;
        return this.props.isInMailbox ? maxRecipientsInMailbox : maxRecipients;
    }

    get shownGroups() {
        const trackings = this.state.isUnfolded
            ? this.message.failedTrackings
            : this.message.failedTrackings.slice(0, this.maxRecipients);
        return groupByReason(trackings, getFailureReason);
    }

    get isFoldable() {
        return this.message.failedTrackings.length > this.maxRecipients;
    }

    getStatus(tracking) {
        return getTrackingStatus(tracking.status);
    }

    get foldLabel() {
        return this.state.isUnfolded
            ? _t("Show less")
            : _t("Show all %(count)s recipients", { count: this.message.failedTrackings.length });
    }

    get canGoToMessage() {
        return !this.props.isInMailbox && this.message.isInChatter;
    }

    get canOpenRecord() {
        return this.props.isInMailbox && Boolean(this.message.thread?.displayName);
    }

    get resendText() {
        const isUntried = ({ error_type }) => error_type === "address_dead";
        return this.message.failedTrackings.every(isUntried) ? _t("Send anyway…") : _t("Resend…");
    }

    getTooltip(tracking) {
        return describeTracking(tracking);
    }

    onClickStatus(ev, tracking) {
        this.popover.open(ev.currentTarget, { message: this.message, tracking });
    }

    onClickFold() {
        this.state.isUnfolded = !this.state.isUnfolded;
    }

    onClickReview() {
        return this.whileBusy(() => this.message.reviewFailure());
    }

    onClickResend() {
        return this.whileBusy(() => openResendDialog(this.env, this.message));
    }

    onClickOpenRecord() {
        const { thread } = this.message;
        thread.open({ focus: true });
        if (this.message.isInChatter) {
            thread.highlightMessage = this.message;
        }
    }

    onClickGoToMessage() {
        this.message.thread.highlightMessage = this.message;
    }

    /**
     * A second click does nothing while the first is at work.
     *
     * @param {() => Promise} action
     */
    async whileBusy(action) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            await action();
        } finally {
            this.state.isBusy = false;
        }
    }
}
