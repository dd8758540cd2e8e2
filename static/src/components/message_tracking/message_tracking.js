import { useTrackingPopover } from "@mail_tracking/components/message_tracking/message_tracking_popover";
import { useKeptFocus } from "@mail_tracking/core/kept_focus_hook";
import { useTrackingLive } from "@mail_tracking/core/tracking_live_hook";
import {
    TRACKING_STATUSES,
    getShownStatus,
    getStatusKey,
} from "@mail_tracking/core/tracking_status";
import { describeRecipient, describeTracking } from "@mail_tracking/core/tracking_text";

import { Component, useEffect, useRef, useState } from "@odoo/owl";

import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { formatInteger } from "@web/views/fields/formatters";

/** Changes of the width up to this one, in pixels, may come from measuring itself. */
const SCROLLBAR = 20;

/**
 * The recipients of a message, each with the status of the email to them.
 *
 * @typedef {Object} Props
 * @property {import("models").Message} message
 * @extends {Component<Props, Env>}
 */
export class MessageTracking extends Component {
    static template = "mail_tracking.MessageTracking";
    static props = { message: Object };

    /** Of more recipients failures are named, then as many opens as fit; the others are counted. */
    static maxRecipients = 8;
    static maxOpens = 24;
    static maxLines = 2;

    setup() {
        super.setup();
        useTrackingLive(() => this.props.message.thread);
        useKeptFocus("root");
        this.rootRef = useRef("root");
        this.state = useState({
            /** The button that the tab key goes to; arrow keys lead to the others. */
            currentKey: undefined,
            fittingOpens: { count: 0, of: undefined },
            openKey: undefined,
            unfolded: {},
        });
        this.popover = useTrackingPopover({
            onClose: () => (this.state.openKey = undefined),
        });
        useEffect(
            (el, isFoldable) => {
                if (!isFoldable) {
                    return;
                }
                let width = el.clientWidth;
                const observer = new ResizeObserver(() => {
                    if (Math.abs(width - el.clientWidth) > SCROLLBAR) {
                        width = el.clientWidth;
                        this.state.fittingOpens.of = undefined;
                    }
                });
                observer.observe(el);
                return () => observer.disconnect();
            },
            () => [this.rootRef.el, this.isFoldable]
        );
        useEffect(() => {
            if (this.isMeasuring) {
                this.state.fittingOpens = { count: this.countFittingOpens(), of: this.signature };
            }
        });
    }

    get isFoldable() {
        return this.props.message.partner_trackings.length > this.constructor.maxRecipients;
    }

    /** Whether as many opens as allowed are rendered, to see how many of them fit. */
    get isMeasuring() {
        return this.isFoldable && this.state.fittingOpens.of !== this.signature;
    }

    /** What decides how many opens fit, besides the width. */
    get signature() {
        const { partner_trackings } = this.props.message;
        return JSON.stringify(partner_trackings.map((t) => [getStatusKey(t), t.recipient, t.isCc]));
    }

    get recipients() {
        const seen = {};
        return this.props.message.partner_trackings.map((tracking) => {
            // the same after a resend, which has a tracking of its own
            const identity = `${tracking.partner_id || ""}/${tracking.email || tracking.recipient}`;
            seen[identity] = (seen[identity] ?? 0) + 1;
            return {
                // Nothing keeps a server from naming the same address twice.
                key: `${identity}#${seen[identity]}`,
                status: getShownStatus(tracking),
                statusKey: getStatusKey(tracking),
                tracking,
            };
        });
    }

    /** Named recipients and counts of the others, each followed by those whom it unfolds. */
    get items() {
        const { recipients } = this;
        if (!this.isFoldable) {
            return recipients;
        }
        const { maxOpens, maxRecipients } = this.constructor;
        const failures = recipients.filter(({ status }) => status.isFailure);
        const opens = recipients.filter(({ statusKey }) => statusKey === "opened");
        const fitting = this.isMeasuring ? maxOpens : this.state.fittingOpens.count;
        const named = [...failures.slice(0, maxRecipients), ...opens.slice(0, fitting)];
        return [...named, ...this.getCounts(recipients, new Set(named))];
    }

    /** Counts of those who are not named, from what needs attention to what does not. */
    getCounts(recipients, named) {
        const items = [];
        for (const [statusKey, { countLabel }] of Object.entries(TRACKING_STATUSES)) {
            const all = recipients.filter((recipient) => recipient.statusKey === statusKey);
            const others = all.filter((recipient) => !named.has(recipient));
            // while it is measured, the count of opens takes the room that it may need
            const isWanted = this.isMeasuring && statusKey === "opened" && all.length;
            if (others.length || isWanted) {
                const count = countLabel(isWanted ? all.length : others.length);
                const isUnfolded = Boolean(this.state.unfolded[statusKey]);
                const label = others.length < all.length ? `+${count}` : count;
                items.push({ isUnfolded, key: statusKey, label });
                if (isUnfolded) {
                    items.push(...others.map((other) => ({ ...other, isUnfolded })));
                }
            }
        }
        return items;
    }

    /** Key of the one button that the tab key reaches. */
    get tabKey() {
        const { items } = this;
        const { currentKey } = this.state;
        return items.some(({ key }) => key === currentKey) ? currentKey : items[0].key;
    }

    /** How many of the rendered opens the lines hold, beside failures and counts. */
    countFittingOpens() {
        const root = this.rootRef.el;
        const widthsOf = (selector) =>
            [...root.querySelectorAll(selector)].map((el) => el.getBoundingClientRect().width);
        const isNamed = ".o_mail_tracking_recipient:not(.o_unfolded)";
        const opens = widthsOf(`${isNamed}[data-status=opened]`);
        const before = widthsOf(`strong, ${isNamed}:not([data-status=opened])`);
        const after = widthsOf(".o_mail_tracking_count:not([data-status=opened])");
        const total = this.recipients.filter(({ statusKey }) => statusKey === "opened").length;
        const rest = widthsOf(".o_mail_tracking_count[data-status=opened]");
        const { columnGap, paddingLeft, paddingRight } = getComputedStyle(root);
        const room = root.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
        for (let count = opens.length; count > 0; count--) {
            const counts = count < total ? [...rest, ...after] : after;
            const widths = [...before, ...opens.slice(0, count), ...counts];
            if (countLines(widths, room, parseFloat(columnGap)) <= this.constructor.maxLines) {
                return count;
            }
        }
        return 0;
    }

    /** How often the message was opened, where nobody may know by whom. */
    get opensText() {
        return _t("Opens: %(count)s (counted, not tied to persons)", {
            count: formatInteger(this.props.message.mail_tracking_opens),
        });
    }

    /** @param {import("models").PartnerTracking} tracking */
    getTooltip(tracking) {
        return describeTracking(tracking);
    }

    /** @param {import("models").PartnerTracking} tracking */
    getAccessibleName(tracking) {
        return describeRecipient(tracking);
    }

    onClickCount({ key }) {
        this.state.unfolded[key] = !this.state.unfolded[key];
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

    /** @param {KeyboardEvent} ev */
    onKeydown(ev) {
        const buttons = [...this.rootRef.el.querySelectorAll("button")];
        const index = buttons.indexOf(ev.target);
        const [previous, next] =
            localization.direction === "rtl" ? [index + 1, index - 1] : [index - 1, index + 1];
        const target = {
            ArrowLeft: buttons[previous],
            ArrowRight: buttons[next],
            End: buttons.at(-1),
            Home: buttons[0],
        }[ev.key];
        if (target) {
            ev.preventDefault();
            target.focus();
        }
    }
}

/** How many lines boxes of these widths take. */
function countLines(widths, room, gap) {
    let lines = 1;
    let used = 0;
    for (const width of widths) {
        if (used && used + gap + width > room) {
            lines++;
            used = 0;
        }
        used += used ? gap + width : width;
    }
    return lines;
}
