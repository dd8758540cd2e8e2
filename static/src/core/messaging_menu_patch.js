import { MessagingMenu } from "@mail/core/public_web/messaging_menu";
import "@mail/core/web/messaging_menu_patch";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

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
});
