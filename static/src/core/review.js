import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * Say that failures were marked as reviewed, and offer to undo it.
 *
 * @param {import("@web/env").OdooEnv} env
 * @param {number[]} trackingIds as the server named them
 * @param {string} text
 * @param {() => void} [onUndone]
 */
export function notifyReviewed(env, trackingIds, text, onUndone = () => {}) {
    const { notification, orm } = env.services;
    const undo = {
        name: _t("Undo"),
        onClick: async () => {
            close();
            await orm.call("mail.tracking.email", "action_undo_review", [trackingIds]);
            onUndone();
        },
    };
    const close = notification.add(text, {
        buttons: trackingIds.length ? [undo] : [],
        type: "success",
    });
}

/** @param {number} count */
export function getReviewedText(count) {
    return count === 1
        ? _t("1 failure marked as reviewed.")
        : _t("%(count)s failures marked as reviewed.", { count });
}

/** What follows a review in the list of tracked emails. */
registry.category("actions").add("mail_tracking.reviewed", (env, { params: { tracking_ids } }) => {
    const reload = { tag: "soft_reload", type: "ir.actions.client" };
    notifyReviewed(env, tracking_ids, getReviewedText(tracking_ids.length), () =>
        env.services.action.doAction(reload)
    );
    return reload;
});
