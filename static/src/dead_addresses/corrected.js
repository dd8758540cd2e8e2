import { openBulkResendDialog } from "@mail_tracking/components/bulk_resend_dialog/bulk_resend_dialog";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** A dead address was corrected: close the dialog, and ask which of the failed emails to resend. */
registry
    .category("actions")
    .add("mail_tracking.corrected", async (env, { params: { address, tracking_ids } }) => {
        const { action, notification } = env.services;
        await action.doAction({ type: "ir.actions.act_window_close" });
        notification.add(_t("The address is %(address)s now.", { address }), { type: "success" });
        if (tracking_ids.length) {
            await openBulkResendDialog(env, {
                trackingIds: tracking_ids,
                onResent: () => action.doAction({ tag: "soft_reload", type: "ir.actions.client" }),
            });
        }
    });
