import { rememberFocus } from "@mail_tracking/core/kept_focus_hook";
import { getReviewedText, notifyReviewed } from "@mail_tracking/core/review";

import { fields } from "@mail/core/common/record";
import { Store } from "@mail/core/common/store_service";

import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
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

    /**
     * Mark failures as reviewed.
     *
     * @param {import("models").Message[]} messages
     * @param {import("models").FailedEmail[]} [emails] of one record, without a message
     */
    async reviewFailures(messages, emails = []) {
        const { orm, "mail_tracking.live": live } = this.env.services;
        const ids = messages.map(({ id }) => id);
        const thread = emails[0]?.thread;
        const trackingIds = [];
        if (messages.length) {
            trackingIds.push(
                ...(await orm.silent.call("mail.message", "set_need_action_done", [ids]))
            );
        }
        if (emails.length) {
            const { params } = await orm.silent.call("mail.tracking.email", "action_review", [
                emails.map(({ id }) => id),
            ]);
            trackingIds.push(...params.tracking_ids);
        }
        messages.forEach((message) => (message.mail_tracking_needs_action = false));
        emails.forEach((email) => thread.failed_emails.delete(email));
        live.refetch(ids, { thread });
        notifyReviewed(
            this.env,
            trackingIds,
            getReviewedText(messages.length + emails.length),
            () => live.refetch(ids, { isOwn: true, thread })
        );
    },

    /** Mark all of the Failed mailbox as reviewed, once that is confirmed. */
    async reviewAllFailures() {
        const { dialog, orm } = this.env.services;
        const onClose = rememberFocus();
        const count = await orm.call("mail.message", "get_review_count", []);
        const props = {
            title: _t("Mark all as reviewed"),
            body:
                count === 1
                    ? _t(
                          "1 failure leaves this mailbox, and nothing is resent. The recipients still show as failed on their records."
                      )
                    : _t(
                          "%(count)s failures leave this mailbox, and nothing is resent. The recipients still show as failed on their records.",
                          { count }
                      ),
            confirmLabel: _t("Mark all as reviewed"),
            confirm: () => this.settleAllFailures(count),
            cancel: () => {},
        };
        dialog.add(ConfirmationDialog, props, { onClose });
    },

    /** @param {number} count how many the dialog named */
    async settleAllFailures(count) {
        const { orm, "mail_tracking.live": live } = this.env.services;
        const trackingIds = await orm.silent.call("mail.message", "set_all_need_action_done", []);
        const messages = [...this.failed.messages];
        for (const message of messages) {
            message.mail_tracking_needs_action = false;
        }
        this.failed.counter = 0;
        this.mail_tracking_failed_emails = 0;
        live.refetch();
        notifyReviewed(this.env, trackingIds, getReviewedText(count), () =>
            live.refetch(
                messages.map(({ id }) => id),
                { isOwn: true }
            )
        );
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
