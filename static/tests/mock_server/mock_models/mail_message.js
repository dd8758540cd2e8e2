import { mailModels } from "@mail/../tests/mail_test_helpers";
import { mailDataHelpers } from "@mail/../tests/mock_server/mail_mock_server";

import { fields, getKwArgs, makeKwArgs } from "@web/../tests/web_test_helpers";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { pick } from "@web/core/utils/objects";

const FAILED = ["error", "no_email"];
/** What recipients may have in common. */
const SHARED = [
    "status",
    "status_human",
    "error_type",
    "error_description",
    "reason",
    "evidence",
    "isCc",
    "state",
    "shared",
    "is_answered",
];

export class MailMessage extends mailModels.MailMessage {
    mail_tracking_needs_action = fields.Boolean({ default: false });
    /** Opens that the real server counted, and ties to nobody. */
    mail_tracking_opens = fields.Integer({ default: 0 });
    /** Computed by the real server: a test writes here what the client gets. */
    partner_trackings = fields.Json({ default: [] });
    /** What `get_tracking_details` tells, by tracking. */
    tracking_details = fields.Json({ default: {} });

    get _to_store_defaults() {
        return [...super._to_store_defaults, "mail_tracking_needs_action"];
    }

    _to_store(store, fields) {
        super._to_store(...arguments);
        ({ fields, store } = getKwArgs(arguments, "store", "fields"));
        if (!fields.includes("mail_tracking_needs_action")) {
            return;
        }
        for (const { id, mail_tracking_opens, partner_trackings } of this) {
            const lines = partner_trackings.map((tracking) => this._get_line(store, tracking));
            store.add("mail.message", { id, tracking_lines: lines });
            if (mail_tracking_opens) {
                store.add("mail.message", { id, mail_tracking_opens });
            }
        }
    }

    /** One recipient as the real server sends it: what several have in common stands apart. */
    _get_line(store, { partner_id, time, tracking_id, ...others }) {
        const values = pick(others, ...SHARED);
        const status = JSON.stringify(values);
        store.add("mail.tracking.status", { id: status, values });
        SHARED.forEach((name) => delete others[name]);
        return {
            ...others,
            id: tracking_id,
            partner: partner_id,
            status,
            time: time && deserializeDateTime(time).toSeconds(),
        };
    }

    /**
     * @param {number[]} ids
     * @param {number} trackingId
     */
    get_tracking_details(ids, trackingId) {
        const [message] = this.browse(ids);
        return message.tracking_details[trackingId];
    }

    /** @param {number} trackingId of an email without a message */
    get_failed_email_details(trackingId) {
        return this.env["mail.tracking.email"].browse([trackingId])[0].tracking_details;
    }

    /** Failed messages whose failure is the user's to resolve. */
    _get_failed_domain() {
        return [
            ["mail_tracking_needs_action", "=", true],
            "|",
            ["author_id", "=", this.env.user.partner_id],
            ["partner_ids", "in", [this.env.user.partner_id]],
        ];
    }

    /** The Failed mailbox with its counters, as the store gets them. */
    _get_failed_values() {
        const emails = this.env["mail.tracking.email"]._get_own_failed().length;
        return {
            failed: {
                counter: this._filter(this._get_failed_domain()).length + emails,
                id: "failed",
                model: "mail.box",
            },
            mail_tracking_failed_emails: emails,
        };
    }

    /** Tell those who look at the messages, and those whose messages they are. */
    _bus_send_tracking(ids) {
        const [user] = this.env["res.partner"].browse(this.env.user.partner_id);
        for (const { id, model, res_id } of this.browse(ids)) {
            const payload = { message_ids: [id] };
            this.env["bus.bus"]._sendone(
                `mail_tracking/${model}/${res_id}`,
                "mail_tracking/updated",
                payload
            );
            this.env["bus.bus"]._sendone(user, "mail_tracking/failed", payload);
        }
    }

    /** @param {number[]} ids */
    set_need_action_done(ids) {
        const messages = this.browse(ids);
        this._write_needs_action(ids, false);
        return messages.flatMap(({ partner_trackings }) =>
            partner_trackings
                .filter(({ status }) => FAILED.includes(status))
                .map(({ tracking_id }) => tracking_id)
        );
    }

    /** Core's notifications follow. */
    _write_needs_action(ids, needsAction) {
        const [from, to] = needsAction ? ["canceled", "exception"] : ["exception", "canceled"];
        const MailNotification = this.env["mail.notification"];
        const notifications = MailNotification._filter([
            ["mail_message_id", "in", ids],
            ["notification_status", "=", from],
        ]);
        MailNotification.write(
            notifications.map(({ id }) => id),
            { notification_status: to }
        );
        this.write(ids, { mail_tracking_needs_action: needsAction });
        this._bus_send_tracking(ids);
    }

    get_review_count() {
        return this._get_failed_values().failed.counter;
    }

    set_all_need_action_done() {
        const messages = this._filter(this._get_failed_domain());
        const trackingIds = this.set_need_action_done(messages.map(({ id }) => id));
        const MailTrackingEmail = this.env["mail.tracking.email"];
        const emails = MailTrackingEmail._get_own_failed().map(({ id }) => id);
        MailTrackingEmail.action_review(emails);
        return [...trackingIds, ...emails];
    }

    _message_notifications_to_store(ids, store) {
        super._message_notifications_to_store(...arguments);
        for (const { id, mail_tracking_needs_action } of this.browse(ids)) {
            store.add("mail.message", { id, mail_tracking_needs_action });
        }
    }

    /** @param {number[]} ids */
    get_resend_details(ids) {
        const [message] = this.browse(ids);
        const isFailed = ({ status }) => FAILED.includes(status);
        return {
            message_id: message.id,
            subject: message.subject,
            record_name: "Customer",
            recipients: [
                ...message.partner_trackings.filter(isFailed),
                ...message.partner_trackings.filter((tracking) => !isFailed(tracking)),
            ].map((tracking) => ({
                key: `${tracking.tracking_id}`,
                tracking_id: tracking.tracking_id,
                partner_id: tracking.partner_id,
                name: tracking.recipient,
                email: tracking.email,
                status: tracking.status,
                status_human: tracking.status_human,
                reason: tracking.error_description,
                isCc: tracking.isCc,
                selected: isFailed(tracking),
                can_save: Boolean(tracking.partner_id),
            })),
        };
    }

    /**
     * @param {number[]} ids
     * @param {Array<{ key: string, email: string, save: boolean }>} recipients
     */
    resend_to(ids, recipients) {
        const errors = recipients
            .filter(({ email }) => !email.includes("@"))
            .map(({ key }) => ({ key, message: "This is not an email address." }));
        if (!errors.length) {
            for (const { key, email } of recipients.filter(({ save }) => save)) {
                const [{ partner_trackings }] = this.browse(ids);
                const tracking = partner_trackings.find((t) => `${t.tracking_id}` === key);
                const ResPartner = this.env["res.partner"];
                ResPartner.write(ResPartner.search([["id", "=", tracking.partner_id]]), { email });
            }
            const [message] = this.browse(ids);
            const partner_trackings = message.partner_trackings.map((tracking) => {
                const found = recipients.find(({ key }) => key === `${tracking.tracking_id}`);
                return found
                    ? { ...tracking, email: found.email, error_description: false, status: "sent" }
                    : tracking;
            });
            const isFailed = partner_trackings.some(({ status }) => FAILED.includes(status));
            this.write(ids, { mail_tracking_needs_action: isFailed, partner_trackings });
            this._bus_send_tracking(ids);
        }
        return { errors };
    }

    /** @param {Object} fetchParams of the client's mailboxes */
    _fetch_failed(fetchParams) {
        const res = this._message_fetch(this._get_failed_domain(), makeKwArgs(fetchParams));
        const ids = res.messages.map(({ id }) => id);
        return { ...res, data: this._get_store(ids).get_result(), messages: ids };
    }

    _get_store(ids) {
        return new mailDataHelpers.Store(this.browse(ids), makeKwArgs({ for_current_user: true }));
    }
}
