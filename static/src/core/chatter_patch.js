import { FailedMessages } from "@mail_tracking/components/failed_messages/failed_messages";
import { CONTACTS_SAVED } from "@mail_tracking/components/resend_dialog/resend_dialog";
import { useTrackingLive } from "@mail_tracking/core/tracking_live_hook";

import { Chatter } from "@mail/chatter/web_portal/chatter";
import "@mail/chatter/web/chatter_patch";

import { useBus } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";

Object.assign(Chatter.components, { FailedMessages });

patch(Chatter.prototype, {
    setup() {
        super.setup(...arguments);
        useTrackingLive(() => this.state.thread);
        useBus(this.env.bus, CONTACTS_SAVED, ({ detail }) => {
            const { id, model } = this.state.thread;
            if (model === "res.partner" && detail.partnerIds.includes(id)) {
                this.reloadParentView();
            }
        });
    },

    get afterPostRequestList() {
        return [...super.afterPostRequestList, "failed_messages"];
    },

    get onCloseFullComposerRequestList() {
        return [...super.onCloseFullComposerRequestList, "failed_messages"];
    },

    get requestList() {
        return [...super.requestList, "failed_messages"];
    },

    get hasFailedMessages() {
        const { searched, searching } = this.messageSearch;
        const { failed_emails, failed_messages, id } = this.state.thread;
        return id && failed_messages.length + failed_emails.length > 0 && !searched && !searching;
    },
});
