import { openResendDialog } from "@mail_tracking/components/resend_dialog/resend_dialog";
import { getShownStatus } from "@mail_tracking/core/tracking_status";
import { formatTrackingTime, getTrackingLabel } from "@mail_tracking/core/tracking_text";
import { MessageReminders } from "@mail_tracking/reminders/message_reminders";

import { RelativeTime } from "@mail/core/common/relative_time";

import { Component, useEffect, useEnv, useRef, useState } from "@odoo/owl";

import { CopyButton } from "@web/core/copy_button/copy_button";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { POSITION_BUS } from "@web/core/position/position_hook";
import { useService } from "@web/core/utils/hooks";

/**
 * What happened to the mail to one recipient, newest first.
 *
 * @typedef {Object} Props
 * @property {import("models").Message} [message] none where Odoo deleted it
 * @property {import("models").PartnerTracking} tracking of the recipient, when it was clicked
 * @property {() => void} close
 * @extends {Component<Props, Env>}
 */
export class MessageTrackingPopover extends Component {
    static template = "mail_tracking.MessageTrackingPopover";
    static components = { CopyButton, MessageReminders, RelativeTime };
    static props = {
        close: Function,
        message: { type: Object, optional: true },
        tracking: Object,
    };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.store = useService("mail.store");
        this.root = useRef("root");
        this.state = useState({ details: undefined, isLoading: false });
        this.formatTime = formatTrackingTime;
        this.toDateTime = deserializeDateTime;
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
        useEffect(
            () => this.reposition(),
            () => [JSON.stringify(this.tracking), this.state.details]
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

    /** Find a place for what it holds by now; core keeps the height of what it held before. */
    reposition() {
        const popover = this.root.el.closest(".o_popover");
        if (popover) {
            popover.style.maxHeight = "";
            this.env[POSITION_BUS].trigger("update");
        }
    }

    get canResend() {
        const { status, tracking_id } = this.tracking;
        return tracking_id && status !== "waiting" && this.props.message?.canResolveFailure;
    }

    get email() {
        const { email, recipient } = this.tracking;
        return email && !recipient.includes(email) ? email : "";
    }

    get evidence() {
        return this.state.details?.evidence || this.tracking.evidence;
    }

    get label() {
        const shared = this.state.details?.shared ?? this.tracking.shared;
        return getTrackingLabel({ ...this.tracking, shared });
    }

    /** What happened and what users did, newest first. */
    get lines() {
        const { events = [], resends = [], reviews = [] } = this.state.details;
        const asLines = (type, notes) =>
            notes.map(({ id, text, time }) => ({ id, time, title: text, type }));
        return [...asLines("resend", resends), ...events, ...asLines("review", reviews)]
            .sort((a, b) => (a.time === b.time ? 0 : a.time < b.time ? -1 : 1))
            .reverse()
            .map((line) => ({ ...line, key: `${line.type}/${line.id}` }));
    }

    get reason() {
        return this.tracking.reason ?? this.tracking.error_description;
    }

    get resendText() {
        if (this.tracking.error_type === "address_dead") {
            return _t("Send anyway…");
        }
        return _t("Resend to %(name)s…", { name: this.tracking.recipient });
    }

    get status() {
        return getShownStatus(this.tracking);
    }

    getSpan({ first_time, time }) {
        return _t("Between %(first)s and %(last)s", {
            first: formatTrackingTime(first_time),
            last: formatTrackingTime(time),
        });
    }

    onClickContact() {
        this.store.openDocument({ id: this.tracking.partner_id, model: "res.partner" });
        this.props.close();
    }

    onClickResend() {
        openResendDialog(this.env, this.props.message, this.tracking.tracking_id);
        this.props.close();
    }
}

/**
 * The popover of a recipient: on a phone, a sheet at the bottom of the screen.
 *
 * @param {import("@web/core/popover/popover_service").PopoverServiceAddOptions} [options]
 * @param {typeof Component} [options.component] what it shows
 */
export function useTrackingPopover({ component = MessageTrackingPopover, ...options } = {}) {
    let opener;
    const useBottomSheet = useEnv().isSmall;
    const popover = usePopover(component, {
        // while it moves it could find no place for what it has loaded
        animation: false,
        popoverClass: "o_mail_tracking_popover_box",
        useBottomSheet,
        ...options,
        onClose() {
            options.onClose?.();
            if (useBottomSheet) {
                opener.focus(); // core gives it back from popovers only
            }
        },
    });
    return {
        close: popover.close,
        get isOpen() {
            return popover.isOpen;
        },
        open(target, props) {
            opener = target;
            popover.open(target, { ...props, close: popover.close });
        },
    };
}
