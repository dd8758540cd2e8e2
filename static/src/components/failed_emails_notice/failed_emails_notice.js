import { Component } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** In the mailbox Failed: leads to the failures whose message was deleted. */
export class FailedEmailsNotice extends Component {
    static template = "mail_tracking.FailedEmailsNotice";
    static props = {};

    setup() {
        super.setup();
        this.action = useService("action");
        this.store = useService("mail.store");
    }

    get text() {
        const count = this.store.mail_tracking_failed_emails;
        return count === 1
            ? _t("1 failed email is not shown here: its message was deleted.")
            : _t("%(count)s failed emails are not shown here: their messages were deleted.", {
                  count,
              });
    }

    onClickOpen() {
        this.action.doAction("mail_tracking.action_failed_emails");
    }
}
