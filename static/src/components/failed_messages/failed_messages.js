import { FailedMessage } from "@mail_tracking/components/failed_message/failed_message";

import { Component, useState } from "@odoo/owl";

/**
 * The box above the messages of a record: those that did not arrive.
 *
 * @typedef {Object} Props
 * @property {import("models").Thread} thread
 * @extends {Component<Props, Env>}
 */
export class FailedMessages extends Component {
    static template = "mail_tracking.FailedMessages";
    static components = { FailedMessage };
    static props = { thread: Object };

    setup() {
        super.setup();
        this.state = useState({ isOpen: true });
    }

    onClickFold() {
        this.state.isOpen = !this.state.isOpen;
    }
}
