import { isOnlyClicked } from "@mail_tracking/core/tracking_status";

import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

const { DateTime, Duration } = luxon;

/** What a tooltip holds of a server's answer, the rest is for the popover. */
const REASON_LENGTH = 160;

/** States that tell more than the status under which they are shown. */
const STATE_LABELS = {
    bounced: _t("Bounced"),
    deferred: _t("Delayed"),
    error: _t("Sending failed"),
    rejected: _t("Rejected"),
    "soft-bounced": _t("Soft bounced"),
    spam: _t("Reported as spam"),
    unsub: _t("Unsubscribed"),
};

/**
 * Say the status of one recipient in words.
 *
 * @param {import("models").PartnerTracking} tracking
 * @returns {string}
 */
export function getTrackingLabel(tracking) {
    const { is_answered, shared, state, status, status_human } = tracking;
    if (is_answered) {
        return status_human;
    }
    if (isOnlyClicked(tracking)) {
        return _t("Link clicked");
    }
    if (status === "opened" && state !== "unsub" && shared > 1) {
        return _t("Opened by someone among %(count)s recipients", { count: shared });
    }
    if (tracking.error_type === "address_dead") {
        return _t("Not sent");
    }
    return (status !== "no_email" && STATE_LABELS[state]) || status_human;
}

/**
 * Say why a recipient did not get the email; the answer of the server only where that is all.
 *
 * @param {import("models").PartnerTracking} tracking
 * @returns {string}
 */
export function getFailureReason(tracking) {
    return tracking.reason || tracking.error_description || getTrackingLabel(tracking);
}

/**
 * Put those together who failed for the same reason.
 *
 * @template T
 * @param {T[]} items
 * @param {(item: T) => string} getReason
 * @returns {{ reason: string, items: T[] }[]} in the order of their first items
 */
export function groupByReason(items, getReason) {
    const groups = new Map();
    for (const item of items) {
        const reason = getReason(item);
        if (!groups.has(reason)) {
            groups.set(reason, { reason, items: [] });
        }
        groups.get(reason).items.push(item);
    }
    return [...groups.values()];
}

/**
 * @param {string|false} time as the server writes it, in UTC
 * @returns {string} in the time zone and the language of the user
 */
export function formatTrackingTime(time) {
    return time ? deserializeDateTime(time).toLocaleString(DateTime.DATETIME_MED) : "";
}

/**
 * @param {string} time as the server writes it, in UTC
 * @returns {string} with the day in a word, if it was today or yesterday
 */
function formatRecentTime(time) {
    const date = deserializeDateTime(time);
    return date.startOf("day") >= DateTime.now().startOf("day").minus({ days: 1 })
        ? `${date.toRelativeCalendar()} ${date.toLocaleString(DateTime.TIME_SIMPLE)}`
        : formatTrackingTime(time);
}

/**
 * Say the status of a recipient, since when, how often it was opened and why it failed.
 *
 * @param {import("models").PartnerTracking} tracking
 * @returns {string}
 */
export function describeTracking(tracking) {
    const { is_answered, open_count, state, status } = tracking;
    const isOpened = status === "opened" && state !== "unsub" && !is_answered;
    let text = getTrackingLabel(tracking);
    if (tracking.time && isOpened && open_count > 1) {
        text = _t("%(status)s %(count)s×, last %(time)s", {
            count: open_count,
            status: text,
            time: formatRecentTime(tracking.time),
        });
    } else if (tracking.time) {
        text = _t("%(status)s, %(time)s", {
            status: text,
            time: formatTrackingTime(tracking.time),
        });
    }
    const reason = tracking.error_description;
    if (reason) {
        text = _t("%(status)s – %(reason)s", {
            status: text,
            reason: reason.length > REASON_LENGTH ? `${reason.slice(0, REASON_LENGTH)}…` : reason,
        });
    }
    return text;
}

/**
 * The same with the name of the recipient.
 *
 * @param {import("models").PartnerTracking} tracking
 * @returns {string}
 */
export function describeRecipient(tracking) {
    const params = { recipient: tracking.recipient, status: describeTracking(tracking) };
    return tracking.isCc
        ? _t("%(recipient)s (Cc): %(status)s", params)
        : _t("%(recipient)s: %(status)s", params);
}

/**
 * @param {string} time as the server writes it, in UTC
 * @returns {string} how long ago that was, in one unit: "5 days"
 */
export function formatAge(time) {
    const units = ["years", "months", "days", "hours", "minutes"];
    const age = DateTime.now().diff(deserializeDateTime(time), units);
    const unit = units.find((name) => age[name] >= 1) ?? "minutes";
    const count = Math.max(1, Math.floor(age[unit]));
    return Duration.fromObject({ [unit]: count }).toHuman({ unitDisplay: "short" });
}
