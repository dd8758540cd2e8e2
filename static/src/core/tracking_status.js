import { _t } from "@web/core/l10n/translation";

/**
 * The statuses of a recipient: the one table that everything showing them reads.
 *
 * Labels are translated lazily, as this module may load before the translations do.
 *
 * @typedef {Object} TrackingStatus
 * @property {string} description what the status does and does not say
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
        description: _t("The email did not reach this recipient."),
        countLabel: (count) => _t("%(count)s failed", { count }),
        icon: iconUrl("error"),
        colorClass: "text-danger",
        isFailure: true,
    },
    no_email: {
        description: _t("Nothing was sent: this contact has no email address."),
        countLabel: (count) => _t("%(count)s without email address", { count }),
        icon: iconUrl("no_email"),
        colorClass: "text-danger",
        isFailure: true,
    },
    waiting: {
        description: _t("The email is waiting to be sent."),
        countLabel: (count) => _t("%(count)s waiting", { count }),
        icon: iconUrl("waiting"),
        colorClass: "text-muted",
        isFailure: false,
    },
    delayed: {
        description: _t("The recipient's mail server asked to try again later."),
        countLabel: (count) => _t("%(count)s delayed", { count }),
        icon: iconUrl("delayed"),
        colorClass: "text-warning",
        isFailure: false,
    },
    cancelled: {
        description: _t("The email was cancelled or deleted before it was sent."),
        countLabel: (count) => _t("%(count)s cancelled", { count }),
        icon: iconUrl("cancelled"),
        colorClass: "text-muted",
        isFailure: false,
    },
    opened: {
        description: _t(
            "The image in the email was loaded. That is no proof that a person read it."
        ),
        countLabel: (count) => _t("%(count)s opened", { count }),
        icon: iconUrl("opened"),
        colorClass: "text-success",
        isFailure: false,
    },
    delivered: {
        description: _t(
            "The recipient's mail server received the email. Whether it was read is not known."
        ),
        countLabel: (count) => _t("%(count)s delivered", { count }),
        icon: iconUrl("delivered"),
        colorClass: "text-muted",
        isFailure: false,
    },
    sent: {
        description: _t(
            "The outgoing mail server accepted the email. Nothing confirms its delivery so far."
        ),
        countLabel: (count) => _t("%(count)s sent", { count }),
        icon: iconUrl("sent"),
        colorClass: "text-muted",
        isFailure: false,
    },
    cc: {
        description: _t("A copy went to this address. What became of it is not known."),
        countLabel: (count) => _t("%(count)s in copy", { count }),
        icon: iconUrl("cc"),
        colorClass: "text-muted",
        isFailure: false,
    },
    no_partner: {
        description: _t("This recipient is not a contact. Nothing more is known."),
        countLabel: (count) => _t("%(count)s no partner", { count }),
        icon: iconUrl("anon_user"),
        colorClass: "text-muted",
        isFailure: false,
    },
    unknown: {
        description: _t(
            "There is no tracking information: perhaps the recipient was only notified inside Odoo."
        ),
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
