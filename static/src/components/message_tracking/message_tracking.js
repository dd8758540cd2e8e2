import { useTrackingPopover } from "@mail_tracking/components/message_tracking/message_tracking_popover";
import { useTrackingLive } from "@mail_tracking/core/tracking_live_hook";
import { getShownStatus } from "@mail_tracking/core/tracking_status";
import { describeTracking, summarizeTrackings } from "@mail_tracking/core/tracking_text";

import { Component, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";

/**
 * The recipients of a message, each with what became of the mail to them.
 *
 * @typedef {Object} Props
 * @property {import("models").Message} message
 * @extends {Component<Props, Env>}
 */
export class MessageTracking extends Component {
    static template = "mail_tracking.MessageTracking";
    static props = { message: Object };

    /** Above this number the line folds into counts. */
    static maxRecipients = 8;

    setup() {
        super.setup();
        useTrackingLive(() => this.props.message.thread);
        this.state = useState({ isUnfolded: false, openKey: undefined });
        this.popover = useTrackingPopover({
            onClose: () => (this.state.openKey = undefined),
        });
    }

    get isFoldable() {
        return this.props.message.partner_trackings.length > this.constructor.maxRecipients;
    }

    /** Recipients with what the template needs of them. A long list begins with the failures. */
    get recipients() {
        const seen = {};
        const recipients = this.props.message.partner_trackings.map((tracking) => {
            const identity = tracking.tracking_id
                ? `${tracking.tracking_id}`
                : `${tracking.partner_id || ""}/${tracking.email || tracking.recipient}`;
            seen[identity] = (seen[identity] ?? 0) + 1;
            return {
                // Nothing keeps a server from naming the same address twice.
                key: `${identity}#${seen[identity]}`,
                status: getShownStatus(tracking),
                tracking,
            };
        });
        return this.isFoldable
            ? recipients.sort((r1, r2) => r2.status.isFailure - r1.status.isFailure)
            : recipients;
    }

    /** Those named one by one: while the line is folded only failures, and not without end. */
    get shownRecipients() {
        if (!this.isFoldable || this.state.isUnfolded) {
            return this.recipients;
        }
        return this.recipients
            .filter(({ status }) => status.isFailure)
            .slice(0, this.constructor.maxRecipients);
    }

    get foldText() {
        return this.state.isUnfolded
            ? _t("Show less")
            : summarizeTrackings(this.props.message.partner_trackings);
    }

    /** @param {import("models").PartnerTracking} tracking */
    getTooltip(tracking) {
        return describeTracking(tracking);
    }

    /** @param {import("models").PartnerTracking} tracking */
    getAccessibleName(tracking) {
        const params = { recipient: tracking.recipient, status: describeTracking(tracking) };
        return tracking.isCc
            ? _t("%(recipient)s (Cc): %(status)s", params)
            : _t("%(recipient)s: %(status)s", params);
    }

    onClickFold() {
        this.state.isUnfolded = !this.state.isUnfolded;
    }

    /**
     * @param {MouseEvent} ev
     * @param {{ key: string, tracking: import("models").PartnerTracking }} recipient
     */
    onClickStatus(ev, { key, tracking }) {
        const wasOpen = this.state.openKey === key;
        this.popover.close();
        if (!wasOpen) {
            this.popover.open(ev.currentTarget, { message: this.props.message, tracking });
            this.state.openKey = key;
        }
    }
}
