import { deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

/**
 * @typedef {Object} Reminder
 * @property {number} id
 * @property {boolean} [is_open_awaited] whether opens can be known; unknown while one writes
 * @property {"not_answered"|"not_opened"|"tell"} kind
 * @property {string|false} deadline
 * @property {"waiting"|"reminded"} state
 */

/**
 * Say what a reminder of a message waits for.
 *
 * @param {Reminder} reminder
 * @returns {string}
 */
export function getReminderText({ deadline, is_open_awaited = true, kind, state }) {
    if (kind === "tell") {
        return is_open_awaited
            ? _t("You will be told when it is opened or answered")
            : _t("You will be told when it is answered");
    }
    const isAnswer = kind === "not_answered";
    if (state === "reminded") {
        return isAnswer
            ? _t("You have an activity, because it was not answered")
            : _t("You have an activity, because it was not opened");
    }
    const date = formatDate(deserializeDateTime(deadline));
    return isAnswer
        ? _t("You will be reminded on %(date)s if it is not answered", { date })
        : _t("You will be reminded on %(date)s if it is not opened", { date });
}

/**
 * Say what somebody chose for the message that they are writing.
 *
 * @param {{ kind: string, days?: number, date?: string }} wish
 * @returns {string}
 */
export function getWishText({ date, days, kind }) {
    if (kind === "tell") {
        return getReminderText({ kind });
    }
    const isAnswer = kind === "not_answered";
    if (date) {
        const day = formatDate(luxon.DateTime.fromISO(date));
        return isAnswer
            ? _t("You will be reminded on %(date)s if it is not answered", { date: day })
            : _t("You will be reminded on %(date)s if it is not opened", { date: day });
    }
    if (days === 1) {
        return isAnswer
            ? _t("You will be reminded if it is not answered within 1 working day")
            : _t("You will be reminded if it is not opened within 1 working day");
    }
    return isAnswer
        ? _t("You will be reminded if it is not answered within %(days)s working days", { days })
        : _t("You will be reminded if it is not opened within %(days)s working days", { days });
}
