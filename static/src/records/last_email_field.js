import { useTrackingPopover } from "@mail_tracking/components/message_tracking/message_tracking_popover";
import { useTrackingLive } from "@mail_tracking/core/tracking_live_hook";
import { TRACKING_STATUSES, getShownStatus } from "@mail_tracking/core/tracking_status";
import { describeRecipient, formatAge, getTrackingLabel } from "@mail_tracking/core/tracking_text";
import { LastEmailPopover } from "@mail_tracking/records/last_email_popover";

import { Component, useEffect, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * What became of an email about a record: an icon, a word and an age; more on hover and on click.
 *
 * @extends {Component<Object, Env>}
 */
export class LastEmailField extends Component {
    static template = "mail_tracking.LastEmailField";
    static props = { ...standardFieldProps };

    setup() {
        super.setup();
        this.store = useService("mail.store");
        this.lastEmails = useService("mail_tracking.last_emails");
        this.lastLoad = 0;
        this.state = useState({ isOpen: false, messageId: undefined, value: undefined });
        this.popover = useTrackingPopover({
            component: LastEmailPopover,
            onClose: () => (this.state.isOpen = false),
        });
        // whoever has opened it may resend it, and sees what comes of that
        useTrackingLive(() => {
            const { resId, resModel } = this.props.record;
            return this.state.messageId && { id: resId, model: resModel };
        });
        useEffect(
            (trackings) => {
                if (trackings) {
                    this.load();
                }
            },
            () => {
                const message = this.store["mail.message"].get(this.state.messageId);
                return [message && JSON.stringify(message.partner_trackings)];
            }
        );
        useEffect(
            () => {
                this.state.value = undefined;
            },
            () => [this.props.record.data[this.props.name]]
        );
    }

    /** The field that the server is asked for. */
    get field() {
        return this.props.name;
    }

    /** Ask the server what to show. */
    async load() {
        const { model, resId, resModel } = this.props.record;
        const load = ++this.lastLoad;
        // that of the view: groups add what they have in common
        const { context } = model.root;
        const value = await this.lastEmails.load(resModel, resId, this.field, context);
        if (load === this.lastLoad) {
            this.state.value = value;
        }
    }

    /** @returns {import("models").LastEmail|false} */
    get value() {
        return this.state.value ?? this.props.record.data[this.props.name];
    }

    /** The recipient who decides what is shown. */
    get worst() {
        return this.value.recipients[0];
    }

    get status() {
        // somebody else may have answered, or in another way
        const is_answered = this.value.outcome === "answered";
        return this.worst
            ? getShownStatus({ ...this.worst, is_answered })
            : TRACKING_STATUSES.unknown;
    }

    get label() {
        return this.value.label || (this.worst ? getTrackingLabel(this.worst) : _t("Unknown"));
    }

    get age() {
        return formatAge(this.value.since || this.value.time);
    }

    /** A line for each recipient. */
    get lines() {
        const { more, recipients } = this.value;
        const lines = recipients.map(describeRecipient);
        return more ? [...lines, _t("%(count)s more", { count: more })] : lines;
    }

    get tooltipInfo() {
        return JSON.stringify({ lines: this.lines });
    }

    get accessibleName() {
        return _t("Last email: %(status)s, %(age)s. %(recipients)s", {
            status: this.label,
            age: this.age,
            recipients: this.lines.join("; "),
        });
    }

    /** Its message, by which more may be done about it; none where it was deleted. */
    async fetchMessage() {
        const { message_id } = this.value;
        if (!message_id) {
            return;
        }
        const params = { message_ids: [message_id] };
        this.store.insert(await rpc("/mail_tracking/messages", params, { silent: true }));
        return this.store["mail.message"].get(message_id);
    }

    /** @param {MouseEvent} ev */
    async onClick(ev) {
        const target = ev.currentTarget;
        if (this.popover.isOpen) {
            this.popover.close();
            return;
        }
        const { more, recipients } = this.value;
        const message = await this.fetchMessage();
        this.state.messageId = message?.id;
        if (target.isConnected) {
            this.popover.open(target, { message, more, recipients });
            this.state.isOpen = true;
        }
    }

    /** The keys of the button are not for the list, where they would open the record. */
    onKeydown(ev) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.stopPropagation();
        }
    }
}

/** The same in a list: read where the column is shown, after the rows. */
export class LastEmailColumn extends LastEmailField {
    setup() {
        super.setup();
        useEffect(
            (model, id) => {
                if (id) {
                    this.load();
                }
                return () => this.lastLoad++;
            },
            () => {
                const { model, resId, resModel } = this.props.record;
                return [resModel, !model.useSampleModel && resId];
            }
        );
    }

    get field() {
        return "mail_tracking_last_email";
    }

    get value() {
        return this.state.value;
    }
}

const LIST_WIDTH = [200, 260];

registry.category("fields").add("mail_tracking_last_email", {
    component: LastEmailField,
    displayName: _t("Last email"),
    listViewWidth: LIST_WIDTH,
    supportedTypes: ["json"],
});
registry.category("fields").add("mail_tracking_last_email_column", {
    component: LastEmailColumn,
    displayName: _t("Last email"),
    isEmpty: () => false,
    listViewWidth: LIST_WIDTH,
    supportedTypes: ["json"],
});
