import { Message } from "@mail/core/common/message_model";
import { fields } from "@mail/core/common/record";

import { patch } from "@web/core/utils/patch";

/** @type {import("models").Message} */
const messagePatch = {
    setup() {
        super.setup(...arguments);
        this.partner_trackings = fields.Attr([]);
    },

    /** Channels show who saw a message by their own means. */
    get hasTrackedRecipients() {
        return this.partner_trackings?.length > 0 && this.thread?.model !== "discuss.channel";
    },
};
patch(Message.prototype, messagePatch);
