import { FailedEmail } from "@mail_tracking/components/failed_email/failed_email";
import { FailedMessage } from "@mail_tracking/components/failed_message/failed_message";
import { getTrackingLabel, groupByReason } from "@mail_tracking/core/tracking_text";

import { Component, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

const FOLDED_KEY = "mail_tracking.failed_messages_folded";

/**
 * The box above the messages of a record: those that did not arrive, and emails whose message
 * was deleted.
 *
 * @typedef {Object} Props
 * @property {import("models").Thread} thread
 * @extends {Component<Props, Env>}
 */
export class FailedMessages extends Component {
    static template = "mail_tracking.FailedMessages";
    static components = { FailedEmail, FailedMessage };
    static props = { thread: Object };

    /** Above this number the rest is one click away. */
    static maxShown = 3;

    setup() {
        super.setup();
        this.store = useService("mail.store");
        this.state = useState({
            isBusy: false,
            isOpen: browser.localStorage.getItem(FOLDED_KEY) !== "true",
            isUnfolded: false,
        });
    }

    /** Messages, and emails whose message was deleted. */
    get failures() {
        const { failed_emails, failed_messages } = this.props.thread;
        return [
            ...failed_messages.map((message) => ({
                key: `message-${message.id}`,
                message,
                reason: this.getReason(message.failedTrackings[0]),
            })),
            ...failed_emails.map((email) => ({
                email,
                key: `email-${email.id}`,
                reason: this.getReason(email.tracking),
            })),
        ];
    }

    /** The most frequent reason first; of what is folded, each reason shows its newest. */
    get groups() {
        const groups = groupByReason(this.failures, ({ reason }) => reason).sort(
            (group1, group2) => group2.items.length - group1.items.length
        );
        const ranks = groups.flatMap(({ items }) => items.map((item, rank) => ({ item, rank })));
        ranks.sort((entry1, entry2) => entry1.rank - entry2.rank);
        const shown = new Set(ranks.slice(0, this.maxShown).map(({ item }) => item));
        return groups
            .map(({ items, reason }) => ({
                count: items.length,
                items: items.filter((item) => shown.has(item)),
                reason,
            }))
            .filter(({ items }) => items.length);
    }

    get maxShown() {
        return this.state.isUnfolded ? this.count : this.constructor.maxShown;
    }

    get count() {
        const { failed_emails, failed_messages } = this.props.thread;
        return failed_emails.length + failed_messages.length;
    }

    get moreLabel() {
        return this.state.isUnfolded
            ? _t("Show less")
            : _t("%(count)s more", { count: this.count - this.constructor.maxShown });
    }

    get isFoldable() {
        return this.count > this.constructor.maxShown;
    }

    get reviewable() {
        const { failed_emails, failed_messages } = this.props.thread;
        return {
            emails: failed_emails.filter(({ canReview }) => canReview),
            messages: failed_messages.filter(({ canResolveFailure }) => canResolveFailure),
        };
    }

    get reviewableCount() {
        const { emails, messages } = this.reviewable;
        return emails.length + messages.length;
    }

    get reviewAllLabel() {
        return _t("Mark all %(count)s as reviewed", { count: this.reviewableCount });
    }

    getReason(tracking) {
        return tracking ? tracking.reason || getTrackingLabel(tracking) : "";
    }

    onClickFold() {
        this.state.isOpen = !this.state.isOpen;
        if (this.state.isOpen) {
            browser.localStorage.removeItem(FOLDED_KEY);
        } else {
            browser.localStorage.setItem(FOLDED_KEY, "true");
        }
    }

    onClickMore() {
        this.state.isUnfolded = !this.state.isUnfolded;
    }

    async onClickReviewAll() {
        const { emails, messages } = this.reviewable;
        this.state.isBusy = true;
        try {
            await this.store.reviewFailures(messages, emails);
        } finally {
            this.state.isBusy = false;
        }
    }
}
