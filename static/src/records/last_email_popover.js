import { MessageTrackingPopover } from "@mail_tracking/components/message_tracking/message_tracking_popover";
import { getShownStatus } from "@mail_tracking/core/tracking_status";
import { describeRecipient } from "@mail_tracking/core/tracking_text";

import { Component, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";

/**
 * What happened to the last email about a record: to one recipient, with the others to choose from.
 *
 * @extends {Component<Object, Env>}
 */
export class LastEmailPopover extends Component {
    static template = "mail_tracking.LastEmailPopover";
    static components = { MessageTrackingPopover };
    static props = {
        close: Function,
        message: { type: Object, optional: true },
        more: { type: Number, optional: true },
        recipients: Array,
    };

    setup() {
        super.setup();
        this.state = useState({ index: 0 });
        this.getShownStatus = getShownStatus;
        this.describeRecipient = describeRecipient;
    }

    get moreText() {
        return _t("%(count)s more", { count: this.props.more });
    }

    get tracking() {
        return this.props.recipients[this.state.index];
    }
}
