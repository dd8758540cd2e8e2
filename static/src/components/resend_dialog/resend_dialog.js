import { AddressWarnings } from "@mail_tracking/components/address_warnings/address_warnings";
import { rememberFocus } from "@mail_tracking/core/kept_focus_hook";
import { getTrackingStatus } from "@mail_tracking/core/tracking_status";

import { Component, onMounted, useEffect, useRef, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** On the bus of the client, with `partnerIds`: the addresses of these contacts were changed. */
export const CONTACTS_SAVED = "MAIL_TRACKING:CONTACTS-SAVED";

/**
 * @typedef {Object} ResendRecipient
 * @property {string} key
 * @property {number|false} tracking_id
 * @property {number|false} partner_id
 * @property {string} name
 * @property {string|false} email
 * @property {string} status
 * @property {string} status_human
 * @property {string|false} reason
 * @property {boolean} isCc
 * @property {boolean} selected
 * @property {boolean} can_save whether the user may change the contact
 */

/**
 * Send a message again, to those who did not get it or to whom else one picks.
 *
 * @typedef {Object} Props
 * @property {{ message_id: number, subject: string|false, record_name: string|false,
 *     recipients: ResendRecipient[] }} details
 * @property {() => void} close
 * @extends {Component<Props, Env>}
 */
export class ResendDialog extends Component {
    static template = "mail_tracking.ResendDialog";
    static components = { AddressWarnings, Dialog };
    static props = { close: Function, details: Object };

    setup() {
        super.setup();
        this.live = useService("mail_tracking.live");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.formRef = useRef("form");
        this.state = useState({
            focusedError: 0,
            isSending: false,
            rows: this.props.details.recipients.map((recipient) => ({
                error: "",
                isSelected: recipient.selected,
                mustSave: recipient.can_save,
                newEmail: recipient.email || "",
                recipient,
                status: getTrackingStatus(recipient.status),
            })),
        });
        onMounted(() => this.focus(".o_mail_tracking_resend_row.o_selected input[type=text]"));
        useEffect(
            (count) => count && this.focus("input.is-invalid"),
            () => [this.state.focusedError]
        );
    }

    /** @returns {Array<{ title: string, rows: Object[] }>} */
    get groups() {
        const isFailed = ({ status }) => status.isFailure;
        return [
            { rows: this.state.rows.filter(isFailed), title: _t("Did not get it") },
            {
                rows: this.state.rows.filter((row) => !isFailed(row)),
                title: _t("Resend to others"),
            },
        ].filter(({ rows }) => rows.length);
    }

    get selectedRows() {
        return this.state.rows.filter(({ isSelected }) => isSelected);
    }

    get canSend() {
        return this.selectedRows.length > 0 && !this.state.isSending;
    }

    get title() {
        const { record_name, subject } = this.props.details;
        const name = subject || record_name;
        return name ? _t("Resend: %(name)s", { name }) : _t("Resend");
    }

    /** Why a recipient is listed. */
    getReason({ recipient }) {
        return recipient.reason || recipient.status_human;
    }

    getInputLabel({ recipient: { name } }) {
        return _t("Email address of %(name)s", { name });
    }

    isChanged({ newEmail, recipient }) {
        return newEmail.trim() !== (recipient.email || "");
    }

    canSave(row) {
        return row.recipient.can_save && this.isChanged(row);
    }

    /** Whether the address is not the contact's, and is not going to be. */
    isForStranger(row) {
        return this.isChanged(row) && !(this.canSave(row) && row.mustSave);
    }

    focus(selector) {
        this.formRef.el?.querySelector(selector)?.focus();
    }

    onInput(row, ev) {
        row.newEmail = ev.target.value;
        row.error = "";
        row.isSelected = true;
    }

    /** The address that was probably meant is taken instead of the one that was typed. */
    async onUseAddress(row, email) {
        row.newEmail = email;
    }

    onChangeSelected(row, ev) {
        row.isSelected = ev.target.checked;
        row.error = "";
    }

    onChangeSave(row, ev) {
        row.mustSave = ev.target.checked;
    }

    async onSubmit() {
        if (!this.canSend) {
            return;
        }
        this.state.isSending = true;
        try {
            await this.send();
        } finally {
            this.state.isSending = false;
        }
    }

    async send() {
        const rows = this.selectedRows;
        const { message_id } = this.props.details;
        const { errors } = await this.orm.call("mail.message", "resend_to", [
            [message_id],
            rows.map((row) => ({
                key: row.recipient.key,
                email: row.newEmail.trim(),
                save: this.canSave(row) && row.mustSave,
            })),
        ]);
        if (errors.length) {
            this.showErrors(errors);
            return;
        }
        this.live.refetch([message_id]);
        const changed = rows.filter((row) => this.canSave(row) && row.mustSave);
        this.env.bus.trigger(CONTACTS_SAVED, {
            partnerIds: changed.map(({ recipient }) => recipient.partner_id),
        });
        this.notification.add(
            rows.length === 1
                ? _t("Resent to %(name)s.", { name: rows[0].recipient.name })
                : _t("Resent to %(count)s recipients.", { count: rows.length }),
            { type: "info" }
        );
        this.props.close();
    }

    /** @param {Array<{ key: string, message: string }>} errors */
    showErrors(errors) {
        for (const row of this.state.rows) {
            row.error = errors.find(({ key }) => key === row.recipient.key)?.message ?? "";
        }
        this.state.focusedError++;
    }
}

/**
 * @param {import("@web/env").OdooEnv} env
 * @param {import("models").Message} message
 * @param {number} [trackingId] of the recipient to begin with, else all who did not get it
 */
export async function openResendDialog(env, message, trackingId) {
    const { dialog, orm } = env.services;
    const details = await orm.call("mail.message", "get_resend_details", [[message.id]]);
    for (const recipient of trackingId ? details.recipients : []) {
        recipient.selected = recipient.tracking_id === trackingId;
    }
    dialog.add(ResendDialog, { details }, { onClose: rememberFocus() });
}
