import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { formatInteger, formatPercentage } from "@web/views/fields/formatters";

/** A share that is worse than before by less than this is not told in red. */
const NOTABLE = 1.1;

/**
 * A share in words, that is never all or none where it is not; null where there is nothing to be
 * a share of.
 *
 * @param {number} part
 * @param {number} whole
 */
export function formatShare(part, whole) {
    if (!whole) {
        return null;
    }
    const share = part / whole;
    const digits = share < 0.01 ? 2 : 1;
    const step = 10 ** -(digits + 2);
    const format = (value) => formatPercent(value, { digits: [16, digits], trailingZeros: true });
    if (part && share < step) {
        return _t("less than %(share)s", { share: format(step) });
    }
    return format(part < whole ? Math.min(share, 1 - step) : share);
}

/**
 * How a share changed since the period before.
 *
 * @param {[number, number]} now part and whole
 * @param {[number, number]} before
 * @param {boolean} isGood whether more is better
 */
export function getShareChange(now, before, isGood) {
    const [shown, previous] = [formatShare(...now), formatShare(...before)];
    if (shown === null || previous === null) {
        return null;
    }
    if (shown === previous) {
        return { text: _t("As before"), icon: "fa-minus", isWorse: false };
    }
    const getBad = ([part, whole]) => (isGood ? whole - part : part) / whole;
    const isMore = now[0] / now[1] > before[0] / before[1];
    return {
        text: isMore
            ? _t("Up from %(share)s", { share: previous })
            : _t("Down from %(share)s", { share: previous }),
        icon: isMore ? "fa-arrow-up" : "fa-arrow-down",
        isWorse: getBad(now) > NOTABLE * getBad(before),
    };
}

/**
 * How the number of emails changed since the period before: full days are compared.
 *
 * @param {number} now
 * @param {number} before
 * @param {number} days
 */
export function getNumberChange(now, before, days) {
    if (!before) {
        return { text: _t("None in the %(days)s days before", { days }), icon: "", isWorse: false };
    }
    const change = now / before - 1;
    const percent = formatPercent(Math.abs(change), { digits: [16, 0] });
    if (Math.abs(change) < 0.005) {
        return {
            text: _t("As many as in the %(days)s days before", { days }),
            icon: "fa-minus",
            isWorse: false,
        };
    }
    return {
        text:
            change > 0
                ? _t("%(percent)s more than in the %(days)s days before", { percent, days })
                : _t("%(percent)s less than in the %(days)s days before", { percent, days }),
        icon: change > 0 ? "fa-arrow-up" : "fa-arrow-down",
        isWorse: false,
    };
}

/**
 * The sign stays on its side of the number, whatever words stand around it.
 *
 * @param {number} value
 * @param {Object} options
 */
function formatPercent(value, options) {
    const text = formatPercentage(value, options);
    return localization.direction === "rtl" ? `\u2066${text}\u2069` : text;
}

/**
 * A number that may be larger.
 *
 * @param {{ emails: number, is_more: boolean }} counted
 */
export function formatCounted({ emails, is_more }) {
    const number = formatInteger(emails);
    return is_more ? _t("%(number)s or more", { number }) : number;
}
