import { mailDataHelpers } from "@mail/../tests/mock_server/mail_mock_server";

import { fields, models } from "@web/../tests/web_test_helpers";

/** Failures whose message was deleted. */
export class MailTrackingEmail extends models.Model {
    _name = "mail.tracking.email";

    author_id = fields.Many2one({ relation: "res.partner" });
    model = fields.Char();
    name = fields.Char();
    needs_action = fields.Boolean({ default: true });
    res_id = fields.Integer();
    time = fields.Datetime();
    /** Computed by the real server: a test writes here what the client gets. */
    tracking = fields.Json({ default: {} });
    /** What `get_failed_email_details` tells. */
    tracking_details = fields.Json({ default: {} });

    action_resend_choices() {
        return { doubtful: [], groups: [], left_out: 0 };
    }

    action_test_resend() {
        return {};
    }

    /** @param {number[]} ids */
    action_confirm_resend(ids) {
        return ids;
    }

    /** @param {number[]} ids */
    action_resend_progress(ids) {
        return { failed: [], sent: ids.length, waiting: 0 };
    }

    _get_own_failed() {
        return this._filter([
            ["needs_action", "=", true],
            ["author_id", "=", this.env.user.partner_id],
        ]);
    }

    /**
     * @param {string} model
     * @param {number} resId
     */
    _get_failed_of_record(model, resId) {
        return this.browse(
            this.search([
                ["needs_action", "=", true],
                ["model", "=", model],
                ["res_id", "=", resId],
            ])
        );
    }

    get _to_store_defaults() {
        const { attr } = mailDataHelpers.Store;
        const getAuthor = ({ author_id }) => this.env["res.partner"].browse(author_id)[0];
        return [
            attr("author", (email) => getAuthor(email)?.name ?? ""),
            attr("date", ({ time }) => time),
            attr("is_own", ({ author_id }) => author_id === this.env.user.partner_id),
            attr("subject", ({ name }) => name),
            attr("tracking", ({ id, tracking }) => ({ ...tracking, tracking_id: id })),
        ];
    }

    /** Tell those who look at the records, and those whose emails they are. */
    _bus_send_tracking(ids) {
        const [user] = this.env["res.partner"].browse(this.env.user.partner_id);
        for (const { model, res_id } of this.browse(ids)) {
            this.env["bus.bus"]._sendone(
                `mail_tracking/${model}/${res_id}`,
                "mail_tracking/updated",
                { message_ids: [], thread: { id: res_id, model } }
            );
            this.env["bus.bus"]._sendone(user, "mail_tracking/failed", { message_ids: [] });
        }
    }

    /** @param {number[]} ids */
    action_review(ids) {
        this.write(ids, { needs_action: false });
        this._bus_send_tracking(ids);
        return {
            params: { tracking_ids: ids },
            tag: "mail_tracking.reviewed",
            type: "ir.actions.client",
        };
    }

    /** @param {number[]} ids of these emails, or of recipients of messages */
    action_undo_review(ids) {
        const emails = this.browse(ids).map(({ id }) => id);
        this.write(emails, { needs_action: true });
        this._bus_send_tracking(emails);
        const MailMessage = this.env["mail.message"];
        const messages = MailMessage._filter([]).filter(({ partner_trackings }) =>
            partner_trackings.some(({ tracking_id }) => ids.includes(tracking_id))
        );
        MailMessage._write_needs_action(
            messages.map(({ id }) => id),
            true
        );
    }
}
