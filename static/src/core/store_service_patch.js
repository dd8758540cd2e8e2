import { fields } from "@mail/core/common/record";
import { Store } from "@mail/core/common/store_service";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/** With fewer messages than these, the Failed mailbox asks for those that it does not show yet. */
const FEW_MESSAGES = 10;

/** @type {import("models").Store} */
const storePatch = {
    setup() {
        super.setup(...arguments);
        /** The mailbox of the failed messages that are the user's to resolve. */
        this.failed = fields.One("Thread");
        /** How many of its failures have no message that it could show. */
        this.mail_tracking_failed_emails = 0;
        /** Who may resolve the failures of everybody. */
        this.mail_tracking_is_postmaster = false;
    },

    onStarted() {
        super.onStarted(...arguments);
        this.failed = { display_name: _t("Failed"), id: "failed", model: "mail.box" };
    },

    async reviewAllFailures() {
        const { orm, "mail_tracking.live": live } = this.env.services;
        await orm.silent.call("mail.message", "set_all_need_action_done", []);
        for (const message of [...this.failed.messages]) {
            message.mail_tracking_needs_action = false;
        }
        this.failed.counter = 0;
        this.mail_tracking_failed_emails = 0;
        live.refetch();
    },

    /**
     * Show a message in the Failed mailbox, unless paging will bring it there.
     *
     * @param {import("models").Message} message
     */
    addFailedMessage(message) {
        const { isLoaded, loadNewer, loadOlder, messages } = this.failed;
        const isHidden =
            (loadOlder && message.id < messages.at(0)?.id) ||
            (loadNewer && message.id > messages.at(-1)?.id);
        if (isLoaded && !isHidden && message.notIn(messages)) {
            messages.add(message);
            messages.sort((message1, message2) => message1.id - message2.id);
        }
    },

    /** Messages that went out of the Failed mailbox make room for others. */
    fillFailedMailbox() {
        const { counter, isLoaded, messages } = this.failed;
        const count = counter - this.mail_tracking_failed_emails;
        if (isLoaded && messages.length < FEW_MESSAGES && messages.length < count) {
            this.failed.fetchMoreMessages();
        }
    },
};
patch(Store.prototype, storePatch);
