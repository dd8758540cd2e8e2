import { openReminderDialog } from "@mail_tracking/reminders/reminder_dialog";
import { getReminderText } from "@mail_tracking/reminders/reminder_text";

import { Component } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";

/**
 * The user's reminders of a message, each of which can be cancelled; in the popover.
 *
 * @typedef {Object} Props
 * @property {import("models").Message} message
 * @property {() => void} close what it is shown in
 * @extends {Component<Props, Env>}
 */
export class MessageReminders extends Component {
    static template = "mail_tracking.MessageReminders";
    static props = { close: Function, message: Object };

    setup() {
        super.setup();
        this.getText = getReminderText;
    }

    getCancelText(reminder) {
        return _t("Cancel: %(what)s", { what: getReminderText(reminder) });
    }

    onClickRemind() {
        openReminderDialog(this.env, this.props.message);
        this.props.close();
    }
}
