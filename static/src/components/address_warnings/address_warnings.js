import { Component, useEffect, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/** Warnings that are shown one by one; of the others only their number. */
const MAX_SHOWN = 5;

/**
 * What speaks against writing to these recipients, before anything is sent.
 *
 * @typedef {Object} Props
 * @property {Array<{ email: string, partner_id: number|false }>} recipients
 * @property {{ id: number, model: string }} [thread] whose followers get the message as well
 * @property {(email: string, partnerId: number|false, oldEmail: string) => Promise} [onCorrected]
 *     nothing is offered to correct without it
 * @extends {Component<Props, Env>}
 */
export class AddressWarnings extends Component {
    static template = "mail_tracking.AddressWarnings";
    static props = {
        onCorrected: { type: Function, optional: true },
        recipients: Array,
        thread: { type: Object, optional: true },
    };

    setup() {
        super.setup();
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ warnings: [] });
        const load = useDebounced(() => this.load(), 200);
        useEffect(
            () => {
                load();
            },
            () => [JSON.stringify(this.args)]
        );
    }

    /** Arguments of the question to the server. */
    get args() {
        const { recipients, thread } = this.props;
        return [
            recipients.map(({ email, partner_id }) => [partner_id, email]),
            thread?.model ?? false,
            thread?.id || false,
        ];
    }

    get shown() {
        return this.state.warnings.slice(0, MAX_SHOWN);
    }

    get moreText() {
        const count = this.state.warnings.length - MAX_SHOWN;
        if (count < 1) {
            return "";
        }
        return count === 1 ? _t("1 more warning") : _t("%(count)s more warnings", { count });
    }

    canCorrect({ can_write, email, partner_id, suggestion }) {
        if (!this.props.onCorrected) {
            return false;
        }
        const isTyped = this.props.recipients.some((recipient) => recipient.email === email);
        return partner_id ? can_write : isTyped && Boolean(suggestion);
    }

    getButtonText({ suggestion }) {
        return suggestion ? _t("Use %(address)s", { address: suggestion }) : _t("Correct…");
    }

    async load() {
        const args = this.args;
        const [recipients, , threadId] = args;
        this.state.warnings =
            recipients.length || threadId
                ? await this.keepLast.add(
                      this.orm.silent.call("res.partner", "get_mail_tracking_warnings", args)
                  )
                : [];
    }

    async onClickCorrect({ email, partner_id, suggestion }) {
        if (suggestion) {
            await this.correct(suggestion, partner_id, email);
            return;
        }
        this.dialog.add(FormViewDialog, {
            context: { form_view_ref: "base.view_partner_simple_form" },
            onRecordSaved: ({ data }) => this.correct(data.email, partner_id, email),
            resId: partner_id,
            resModel: "res.partner",
            title: _t("Correct the address"),
        });
    }

    async correct(email, partnerId, oldEmail) {
        const isListed = this.props.recipients.some((recipient) =>
            partnerId ? recipient.partner_id === partnerId : recipient.email === oldEmail
        );
        if (isListed) {
            await this.props.onCorrected(email, partnerId, oldEmail);
        } else {
            await this.orm.write("res.partner", [partnerId], { email });
        }
        await this.load();
    }
}
