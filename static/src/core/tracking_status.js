import { _t } from "@web/core/l10n/translation";

/**
 * The statuses of a recipient: the one table that everything showing them reads.
 *
 * Labels are translated lazily, as this module may load before the translations do.
 *
 * @typedef {Object} TrackingStatus
 * @property {(count: number) => string} countLabel how many recipients have the status
 * @property {string} icon url of the image
 * @property {string} colorClass never the only sign: each icon has a shape of its own
 * @property {boolean} isFailure the mail did not reach the recipient
 */

const iconUrl = (name) => `/mail_tracking/static/src/img/${name}.svg`;

/**
 * From what needs attention to what does not, then what nothing is known about. *Delayed* is a state
 * of those whose status is *Sent*, and looks different.
 *
 * @type {Record<string, TrackingStatus>}
 */
export const TRACKING_STATUSES = {
    error: {
        countLabel: (count) => _t("%(count)s failed", { count }),
        icon: iconUrl("error"),
        colorClass: "text-danger",
        isFailure: true,
    },
    no_email: {
        countLabel: (count) => _t("%(count)s without email address", { count }),
        icon: iconUrl("no_email"),
        colorClass: "text-danger",
        isFailure: true,
    },
    waiting: {
        countLabel: (count) => _t("%(count)s waiting", { count }),
        icon: iconUrl("waiting"),
        colorClass: "text-muted",
        isFailure: false,
    },
    delayed: {
        countLabel: (count) => _t("%(count)s delayed", { count }),
        icon: iconUrl("delayed"),
        colorClass: "text-warning",
        isFailure: false,
    },
    cancelled: {
        countLabel: (count) => _t("%(count)s cancelled", { count }),
        icon: iconUrl("cancelled"),
        colorClass: "text-muted",
        isFailure: false,
    },
    opened: {
        countLabel: (count) => _t("%(count)s opened", { count }),
        icon: iconUrl("opened"),
        colorClass: "text-success",
        isFailure: false,
    },
    delivered: {
        countLabel: (count) => _t("%(count)s delivered", { count }),
        icon: iconUrl("delivered"),
        colorClass: "text-muted",
        isFailure: false,
    },
    sent: {
        countLabel: (count) => _t("%(count)s sent", { count }),
        icon: iconUrl("sent"),
        colorClass: "text-muted",
        isFailure: false,
    },
    cc: {
        countLabel: (count) => _t("%(count)s in copy", { count }),
        icon: iconUrl("cc"),
        colorClass: "text-muted",
        isFailure: false,
    },
    no_partner: {
        countLabel: (count) => _t("%(count)s no partner", { count }),
        icon: iconUrl("anon_user"),
        colorClass: "text-muted",
        isFailure: false,
    },
    unknown: {
        countLabel: (count) => _t("%(count)s unknown", { count }),
        icon: iconUrl("unknown"),
        colorClass: "text-muted",
        isFailure: false,
    },
};

/**
 * @param {{ status: string, state?: string }} tracking
 * @returns {string} a key of the table; a status that an addon brought along counts as unknown
 */
export function getStatusKey({ status, state }) {
    if (status === "sent" && state === "deferred") {
        return "delayed";
    }
    return status in TRACKING_STATUSES ? status : "unknown";
}

/**
 * @param {string} status
 * @param {string} [state] what the status leaves open
 * @returns {TrackingStatus}
 */
export function getTrackingStatus(status, state) {
    return TRACKING_STATUSES[getStatusKey({ status, state })];
}

/** What counts as opened though no image need have been loaded. */
const CLICKED = { ...TRACKING_STATUSES.opened, icon: iconUrl("clicked") };
const ANSWERED = { ...TRACKING_STATUSES.opened, icon: iconUrl("answered") };
const UNSUBSCRIBED = {
    ...TRACKING_STATUSES.opened,
    icon: iconUrl("unsubscribed"),
    colorClass: "text-muted",
};

/**
 * The status of one recipient as it is shown.
 *
 * @param {import("models").PartnerTracking} tracking
 * @returns {TrackingStatus}
 */
export function getShownStatus(tracking) {
    if (tracking.status === "opened" && tracking.state === "unsub") {
        return UNSUBSCRIBED;
    }
    if (tracking.is_answered) {
        return ANSWERED;
    }
    return isOnlyClicked(tracking) ? CLICKED : getTrackingStatus(tracking.status, tracking.state);
}

/**
 * Whether a click is all that is known to have been opened.
 *
 * @param {import("models").PartnerTracking} tracking
 * @returns {boolean}
 */
export function isOnlyClicked({ click_count, open_count, state, status }) {
    return status === "opened" && state !== "unsub" && click_count > 0 && !open_count;
}
