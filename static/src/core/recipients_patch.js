import { AddressWarnings } from "@mail_tracking/components/address_warnings/address_warnings";

import { RecipientsInput } from "@mail/core/web/recipients_input";
import { FieldMany2ManyTagsEmail } from "@mail/views/web/fields/many2many_tags_email/many2many_tags_email";

import { patch } from "@web/core/utils/patch";

Object.assign(RecipientsInput.components, { AddressWarnings });
Object.assign(FieldMany2ManyTagsEmail.components, { AddressWarnings });

/** The recipients of the chatter's own composer. */
patch(RecipientsInput.prototype, {
    async onAddressCorrected(email, partnerId, oldEmail) {
        if (partnerId) {
            await this.updateRecipient(email, partnerId);
            return;
        }
        for (const recipient of this.getAllMailThreadRecipients()) {
            if (!recipient.partner_id && recipient.email === oldEmail) {
                recipient.email = email;
            }
        }
    },
});

/** The recipients of the full composer, and of other dialogs that send. */
patch(FieldMany2ManyTagsEmail.prototype, {
    get mailTrackingRecipients() {
        return this.props.record.data[this.props.name].records.map(({ data, resId }) => ({
            email: data.email,
            partner_id: resId,
        }));
    },

    /** The record whose followers get the message as well, where it goes to one record's. */
    get mailTrackingThread() {
        const { data, resModel } = this.props.record;
        if (resModel !== "mail.compose.message" || data.notify_skip_followers) {
            return undefined;
        }
        const [id, ...others] = JSON.parse(data.res_ids || "[]");
        return id && !others.length ? { id, model: data.model } : undefined;
    },
});
