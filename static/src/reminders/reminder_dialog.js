import { rememberFocus } from "@mail_tracking/core/kept_focus_hook";
import { getReminderText } from "@mail_tracking/reminders/reminder_text";

import { Component, onMounted, useRef, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** Working days that are offered; anything else is a date. */
const DAYS = [1, 3, 7];

/**
 * Choose what to be reminded of, and when.
 *
 * @typedef {Object} Wish
 * @property {"not_answered"|"not_opened"|"tell"} kind
 * @property {number} [days]
 * @property {string} [date] as YYYY-MM-DD
 *
 * @typedef {Object} Props
 * @property {() => void} close
 * @property {Object} [options] of `get_reminder_options`; none for a message that is being written
 * @property {import("models").Message} [message]
 * @property {(wish?: Wish) => Promise<void>} save
 * @property {Wish} [wish] what is chosen already
 * @extends {Component<Props, Env>}
 */
export class ReminderDialog extends Component {
    static template = "mail_tracking.ReminderDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        message: { type: Object, optional: true },
        options: { type: Object, optional: true },
        save: Function,
        wish: { type: Object, optional: true },
    };

    setup() {
        super.setup();
        this.rootRef = useRef("root");
        this.getText = getReminderText;
        const { date, days, kind } = this.props.wish ?? {};
        this.state = useState({
            date: date ?? "",
            days: date ? "date" : (days ?? 3),
            isSaving: false,
            kind: kind ?? "not_answered",
        });
        onMounted(() => this.rootRef.el.querySelector("input:checked")?.focus());
    }

    get canShowOpens() {
        return this.props.options?.can_show_opens ?? true;
    }

    /** Why there is nothing to wait for. */
    get refusal() {
        const { is_answered, is_email, is_given_up } = this.props.options ?? { is_email: true };
        if (is_answered) {
            return _t("This email was answered: there is nothing to wait for.");
        }
        if (is_given_up) {
            return _t("This email reached nobody: there is nothing to wait for.");
        }
        return is_email ? "" : _t("This message was not sent by email.");
    }

    get kinds() {
        const isOpenAwaited = this.canShowOpens && !this.props.options?.is_opened;
        const kinds = [{ id: "not_answered", label: _t("Remind me if it is not answered") }];
        if (isOpenAwaited) {
            kinds.push({ id: "not_opened", label: _t("Remind me if it is not opened") });
        }
        const label = isOpenAwaited
            ? _t("Tell me when it is opened or answered")
            : _t("Tell me when it is answered");
        return [...kinds, { id: "tell", label }];
    }

    get delays() {
        return [
            ...DAYS.map((days) => ({
                id: days,
                label:
                    days === 1 ? _t("In 1 working day") : _t("In %(days)s working days", { days }),
            })),
            { id: "date", label: _t("On a date") },
        ];
    }

    get isDated() {
        return this.state.kind !== "tell";
    }

    /** The first day that can be chosen. */
    get tomorrow() {
        return DateTime.now().plus({ days: 1 }).toISODate();
    }

    /** @returns {Wish} */
    get wish() {
        const { date, days, kind } = this.state;
        if (!this.isDated) {
            return { kind };
        }
        return days === "date" ? { date, kind } : { days, kind };
    }

    get saveText() {
        return this.isDated ? _t("Remind me") : _t("Tell me");
    }

    getCancelText(reminder) {
        return _t("Cancel: %(what)s", { what: getReminderText(reminder) });
    }

    async onCancelReminder(reminder) {
        await this.props.message.cancelReminder(reminder.id);
    }

    onInputDate(ev) {
        this.state.date = ev.target.value;
        this.state.days = "date";
    }

    async save(wish) {
        this.state.isSaving = true;
        try {
            await this.props.save(wish);
            this.props.close();
        } finally {
            this.state.isSaving = false;
        }
    }
}

/**
 * Let the user choose a reminder of a message that was sent.
 *
 * @param {Object} env
 * @param {import("models").Message} message
 */
export async function openReminderDialog(env, message) {
    const { dialog, notification, orm } = env.services;
    const onClose = rememberFocus();
    const options = await orm.call("mail.message", "get_reminder_options", [[message.id]]);
    message.mail_tracking_reminders = options.reminders;
    const save = async ({ date, days, kind }) => {
        const args = [[message.id], kind, days ?? false, date ?? false];
        const reminders = await orm.call("mail.message", "set_reminder", args);
        message.mail_tracking_reminders = reminders;
        const reminder = reminders.find((each) => each.kind === kind);
        notification.add(getReminderText(reminder), { type: "success" });
    };
    dialog.add(ReminderDialog, { message, options, save }, { onClose });
}
