import { openReminderDialog } from "@mail_tracking/reminders/reminder_dialog";

import { registerMessageAction } from "@mail/core/common/message_actions";

import { _t } from "@web/core/l10n/translation";

registerMessageAction("mail-tracking-remind", {
    condition: ({ message }) => message.canBeRemindedOf,
    icon: ({ message }) =>
        message.mail_tracking_reminders.length ? "fa fa-bell" : "fa fa-clock-o",
    name: ({ message }) =>
        message.mail_tracking_reminders.length ? _t("Reminder is set…") : _t("Remind me…"),
    onSelected: ({ message, store }) => openReminderDialog(store.env, message),
    sequence: 76,
});
