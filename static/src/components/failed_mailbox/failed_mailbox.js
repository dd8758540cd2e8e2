import { discussSidebarItemsRegistry } from "@mail/core/public_web/discuss_sidebar";
import { Mailbox } from "@mail/core/web/discuss_sidebar_mailboxes";

import { Component } from "@odoo/owl";

import { useService } from "@web/core/utils/hooks";

/** The mailbox of failed messages in the sidebar of Discuss. */
export class FailedMailbox extends Component {
    static template = "mail_tracking.FailedMailbox";
    static props = {};
    static components = { Mailbox };

    setup() {
        super.setup();
        this.store = useService("mail.store");
    }
}

discussSidebarItemsRegistry.add("mail_tracking.failed", FailedMailbox, { sequence: 21 });
