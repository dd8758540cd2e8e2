import { MessagingMenu } from "@mail/core/public_web/messaging_menu";
import "@mail/core/web/messaging_menu_patch";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/** Failed emails have one entry, which counts and opens the Failed mailbox. */
patch(MessagingMenu.prototype, {
    get _tabs() {
        return [
            ...super._tabs,
            {
                counter: this.store.failed.counter,
                icon: "fa fa-exclamation-triangle",
                id: "failed",
                label: _t("Failed"),
                sequence: 110,
            },
        ];
    },

    onClickNavTab(tabId) {
        super.onClickNavTab(...arguments);
        if (tabId === "failed") {
            this.store.failed.setAsDiscussThread();
        }
    },

    get failedCounter() {
        return this.store.failed?.counter ?? 0;
    },

    get otherFailures() {
        return this.store.failures.filter((failure) => failure.otherNotifications.length);
    },

    get hasPreviews() {
        const isShown = this.store.discuss.activeTab === "notification";
        return super.hasPreviews || (isShown && this.failedCounter > 0);
    },

    get counter() {
        const inMailbox = this.store.failures.reduce(
            (count, failure) =>
                count + failure.notifications.length - failure.otherNotifications.length,
            0
        );
        return super.counter - inMailbox + this.failedCounter;
    },

    /** @param {boolean} isMarkAsRead */
    onClickFailed(isMarkAsRead) {
        if (isMarkAsRead) {
            this.store.reviewAllFailures();
        } else {
            this.store.failed.open({ focus: true, fromMessagingMenu: true });
        }
        this.dropdown.close();
    },
});
