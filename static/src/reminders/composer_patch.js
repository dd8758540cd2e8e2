import { ReminderDialog } from "@mail_tracking/reminders/reminder_dialog";
import { getWishText } from "@mail_tracking/reminders/reminder_text";

import { Composer } from "@mail/core/common/composer";
import { registerComposerAction } from "@mail/core/common/composer_actions";
import { Composer as ComposerModel } from "@mail/core/common/composer_model";
import { fields } from "@mail/core/common/record";
import { Store } from "@mail/core/common/store_service";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

patch(ComposerModel.prototype, {
    setup() {
        super.setup(...arguments);
        /** The reminder that the user wants of the message they are writing. */
        this.mail_tracking_reminder = fields.Attr(undefined);
    },

    clear() {
        super.clear();
        this.mail_tracking_reminder = undefined;
    },
});

patch(Composer.prototype, {
    get mailTrackingReminder() {
        return this.props.type === "note" ? undefined : this.props.composer.mail_tracking_reminder;
    },

    get fullComposerAdditionalContext() {
        const context = super.fullComposerAdditionalContext;
        const { date, days, kind } = this.mailTrackingReminder ?? {};
        if (!kind) {
            return context;
        }
        return {
            ...context,
            default_mail_tracking_reminder_kind: kind,
            default_mail_tracking_reminder_days: date ? "date" : String(days ?? 3),
            default_mail_tracking_reminder_date: date ?? false,
        };
    },

    get postData() {
        return { ...super.postData, reminder: this.mailTrackingReminder };
    },
});

patch(Store.prototype, {
    async getMessagePostParams({ postData }) {
        const params = await super.getMessagePostParams(...arguments);
        if (postData.reminder) {
            params.post_data.mail_tracking_reminder = { ...postData.reminder };
        }
        return params;
    },
});

registerComposerAction("mail-tracking-remind", {
    // portals and channels post no emails that a user could wait for
    condition: ({ composer, owner }) =>
        Boolean(owner.env.inChatter) &&
        !owner.env.inFrontendPortalChatter &&
        owner.props.type === "message" &&
        !composer.message,
    icon: ({ composer }) => (composer.mail_tracking_reminder ? "fa fa-bell" : "fa fa-clock-o"),
    name: ({ composer }) =>
        composer.mail_tracking_reminder
            ? getWishText(composer.mail_tracking_reminder)
            : _t("Remind me if it is not answered"),
    onSelected: ({ composer, store }) =>
        store.env.services.dialog.add(ReminderDialog, {
            save: async (wish) => (composer.mail_tracking_reminder = wish),
            wish: composer.mail_tracking_reminder,
        }),
    sequence: 25,
});
