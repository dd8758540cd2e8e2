import { FailedEmail } from "@mail_tracking/components/failed_email/failed_email";
import { FailedMessage } from "@mail_tracking/components/failed_message/failed_message";

import { Component, useState } from "@odoo/owl";

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

    setup() {
        super.setup();
        this.state = useState({ isOpen: true });
    }

    get count() {
        const { failed_emails, failed_messages } = this.props.thread;
        return failed_emails.length + failed_messages.length;
    }

    onClickFold() {
        this.state.isOpen = !this.state.isOpen;
    }
}
