import { rememberFocus } from "@mail_tracking/core/kept_focus_hook";

import { Component, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/**
 * After an outage: send again all that failed because of one mail server.
 *
 * @typedef {Object} Props
 * @property {Array<{ server: string, count: number }>} servers
 * @property {() => void} close
 * @extends {Component<Props, Env>}
 */
export class ResendServerDialog extends Component {
    static template = "mail_tracking.ResendServerDialog";
    static components = { Dialog };
    static props = { close: Function, servers: Array };

    setup() {
        super.setup();
        this.live = useService("mail_tracking.live");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.state = useState({ isSending: false });
    }

    getCountText({ count }) {
        return count === 1 ? _t("1 failed email") : _t("%(count)s failed emails", { count });
    }

    /** @param {{ server: string }} failures */
    async onClickServer({ server }) {
        this.state.isSending = true;
        try {
            const count = await this.orm.call("mail.message", "resend_failed_of_server", [server]);
            this.live.refetch();
            this.notification.add(
                count === 1
                    ? _t("1 email waits to be sent again.")
                    : _t("%(count)s emails wait to be sent again.", { count }),
                { type: "info" }
            );
            this.props.close();
        } finally {
            this.state.isSending = false;
        }
    }
}

/** @param {import("@web/env").OdooEnv} env */
export async function openResendServerDialog({ services: { dialog, orm } }) {
    const servers = await orm.call("mail.message", "get_failed_servers", []);
    dialog.add(ResendServerDialog, { servers }, { onClose: rememberFocus() });
}
