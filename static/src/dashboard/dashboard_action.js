import { Component, xml } from "@odoo/owl";

import { LazyComponent } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/**
 * The dashboard is loaded when it is opened.
 *
 * @extends {Component<Props, Env>}
 */
export class TrackingDashboardAction extends Component {
    static template = xml`
        <LazyComponent bundle="'mail_tracking.assets_dashboard'" Component="'mail_tracking.TrackingDashboard'" props="props"/>`;
    static components = { LazyComponent };
    static props = { ...standardActionServiceProps };
}

registry.category("actions").add("mail_tracking_dashboard", TrackingDashboardAction);
