import { rememberFocus } from "@mail_tracking/core/kept_focus_hook";

import { Component, onWillUnmount, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/**
 * @typedef {{ reason: string, selected: boolean, tracking_ids: number[] }} ResendGroup
 * @typedef {{ id: number, recipient: string, email: string, reason: string }} DoubtfulEmail
 * @typedef {{ waiting: number, sent: number, failed: { reason: string, count: number }[] }}
 *     ResendProgress
 */

/**
 * Resend many emails: says how many there are of each reason, and what came of them.
 *
 * @typedef {Object} Props
 * @property {{ groups: ResendGroup[], doubtful: DoubtfulEmail[], left_out: number }} choices
 * @property {() => void} close
 * @property {() => void} onResent
 * @extends {Component<Props, Env>}
 */
export class BulkResendDialog extends Component {
    static template = "mail_tracking.BulkResendDialog";
    static components = { Dialog };
    static props = { close: Function, choices: Object, onResent: Function };

    /** Milliseconds between two looks at what came of it. */
    static POLL_DELAY = 1500;

    setup() {
        super.setup();
        this.notification = useService("notification");
        this.orm = useService("orm");
        const { doubtful, groups } = this.props.choices;
        this.state = useState({
            doubtful: doubtful.map((email) => ({ ...email, isSelected: false })),
            groups: groups.map((group) => ({ ...group, isSelected: group.selected })),
            /** @type {{ server: string, reason: string }|undefined} why nothing was resent */
            problem: undefined,
            /** @type {ResendProgress|undefined} once emails are resent */
            progress: undefined,
            /** @type {"choose"|"test"|"send"|"done"} */
            step: "choose",
        });
        this.resentIds = [];
        onWillUnmount(() => {
            browser.clearTimeout(this.timeout);
            if (this.state.step === "send") {
                this.notification.add(this.waitingText, { type: "info" });
            }
            if (this.resentIds.length) {
                this.props.onResent();
            }
        });
    }

    get selectedIds() {
        const { doubtful, groups } = this.state;
        const chosen = groups.filter(({ isSelected }) => isSelected);
        return [
            ...chosen.flatMap(({ tracking_ids }) => tracking_ids),
            ...doubtful.filter(({ isSelected }) => isSelected).map(({ id }) => id),
        ];
    }

    get isChoosing() {
        return ["choose", "test"].includes(this.state.step);
    }

    get isEmpty() {
        return !this.state.groups.length && !this.state.doubtful.length;
    }

    get resendLabel() {
        const count = this.selectedIds.length;
        return count === 1 ? _t("Resend 1 email") : _t("Resend %(count)s emails", { count });
    }

    get leftOutText() {
        const count = this.props.choices.left_out;
        return count === 1
            ? _t(
                  "1 other email is left out: it is waiting to be sent, has arrived, was resent already, has no usable address, or you may not read its record."
              )
            : _t(
                  "%(count)s other emails are left out: they are waiting to be sent, have arrived, were resent already, have no usable address, or you may not read their records.",
                  { count }
              );
    }

    get problemText() {
        const { reason, server } = this.state.problem;
        return server
            ? _t("The mail server %(server)s cannot be used: %(reason)s. Nothing was resent.", {
                  reason,
                  server,
              })
            : _t("The mail server cannot be used: %(reason)s. Nothing was resent.", { reason });
    }

    get failedCount() {
        const { failed } = this.state.progress;
        return failed.reduce((total, { count }) => total + count, 0);
    }

    get percent() {
        const { waiting } = this.state.progress;
        return Math.round((100 * (this.resentIds.length - waiting)) / this.resentIds.length);
    }

    get waitingText() {
        const count = this.state.progress.waiting;
        return count === 1
            ? _t("1 email is waiting to be resent.")
            : _t("%(count)s emails are waiting to be resent.", { count });
    }

    get resultText() {
        const { sent } = this.state.progress;
        const failed = this.failedCount;
        return failed
            ? _t("%(sent)s sent, %(failed)s failed again.", { failed, sent })
            : _t("%(sent)s sent.", { sent });
    }

    getReasonText({ count, reason }) {
        return _t("%(reason)s: %(count)s", { count, reason });
    }

    async onClickResend() {
        const ids = this.selectedIds;
        this.state.step = "test";
        this.state.problem = undefined;
        try {
            const { reason, server } = await this.call("action_test_resend", ids);
            if (reason) {
                this.state.problem = { reason, server };
                return;
            }
            this.resentIds = await this.call("action_confirm_resend", ids);
            this.state.progress = { failed: [], sent: 0, waiting: this.resentIds.length };
            this.state.step = "send";
        } finally {
            if (this.state.step === "test") {
                this.state.step = "choose";
            }
        }
        this.poll();
    }

    /** @param {string} method @param {number[]} ids */
    call(method, ids) {
        return this.orm.silent.call("mail.tracking.email", method, [ids]);
    }

    async poll() {
        this.state.progress = await this.call("action_resend_progress", this.resentIds);
        if (this.state.progress.waiting) {
            this.timeout = browser.setTimeout(() => this.poll(), this.constructor.POLL_DELAY);
        } else {
            this.state.step = "done";
        }
    }
}

/**
 * @param {import("@web/env").OdooEnv} env
 * @param {Object} [options]
 * @param {number[]} [options.trackingIds] else what is in the Failed mailbox
 * @param {() => void} options.onResent
 */
export async function openBulkResendDialog(env, { trackingIds, onResent }) {
    const { dialog, orm } = env.services;
    const onClose = rememberFocus();
    const args = trackingIds ? [trackingIds] : [];
    const choices = await orm.call("mail.tracking.email", "action_resend_choices", args);
    dialog.add(BulkResendDialog, { choices, onResent }, { onClose });
}

/** Resend in the list of tracked emails. */
registry.category("actions").add("mail_tracking.resend", (env, { params: { tracking_ids } }) =>
    openBulkResendDialog(env, {
        trackingIds: tracking_ids,
        onResent: () =>
            env.services.action.doAction({ tag: "soft_reload", type: "ir.actions.client" }),
    })
);
