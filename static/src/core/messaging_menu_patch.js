import { MessagingMenu } from "@mail/core/public_web/messaging_menu";
import "@mail/core/web/messaging_menu_patch";

import { patch } from "@web/core/utils/patch";

/** Failed emails have one entry, which counts and opens the Failed mailbox. */
patch(MessagingMenu.prototype, {
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
