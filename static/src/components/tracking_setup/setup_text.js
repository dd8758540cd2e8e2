import { _t } from "@web/core/l10n/translation";

/**
 * What a check found.
 *
 * @typedef {Object} SetupResult
 * @property {string} title
 * @property {"ok"|"unknown"|"warning"|"problem"|"info"} verdict "info" is a measure, no finding
 * @property {string} sentence
 * @property {string} hint
 * @property {string} subject which record: never copied
 * @property {string} detail words of others: never copied
 * @property {Object|string|false} action opens what needs attention
 * @property {string} link where the action leads
 * @property {number|false} ask mail server that can be asked
 * @property {[string, string, string][]} enter records for DNS, name, type and value: never copied
 * @property {SetupResult|false} live what to show when a live update has arrived
 */

/**
 * @typedef {Object} SetupCheck
 * @property {string} name
 * @property {string} title
 * @property {SetupResult[]|null} results null while it has not been run
 */

/** The verdicts, the worst first. Icons differ in shape, and stand beside the words. */
export const VERDICTS = {
    problem: {
        label: _t("Needs attention"),
        countLabel: (count) => _t("Needs attention: %(count)s", { count }),
        icon: "fa-times-circle",
        color: "danger",
    },
    warning: {
        label: _t("Could be better"),
        countLabel: (count) => _t("Could be better: %(count)s", { count }),
        icon: "fa-exclamation-triangle",
        color: "warning",
    },
    unknown: {
        label: _t("Not known"),
        countLabel: (count) => _t("Not known: %(count)s", { count }),
        icon: "fa-question-circle",
        color: "info",
    },
    ok: {
        label: _t("OK"),
        countLabel: (count) => _t("OK: %(count)s", { count }),
        icon: "fa-check-circle",
        color: "success",
    },
};

/**
 * How many results there are of each verdict.
 *
 * @param {SetupCheck[]} checks
 */
export function getSummary(checks) {
    const results = checks.flatMap(({ results }) => results || []);
    return Object.entries(VERDICTS)
        .map(([verdict, { countLabel }]) => [
            results.filter((result) => result.verdict === verdict).length,
            countLabel,
        ])
        .filter(([count]) => count)
        .map(([count, countLabel]) => countLabel(count))
        .join(" · ");
}

/**
 * Several results of one title are told apart by their number, as names are left out.
 *
 * @param {SetupResult} result
 * @param {SetupResult[]} results
 */
function getTitle(result, results) {
    const alike = results.filter(({ title }) => title === result.title);
    return alike.length > 1 ? `${result.title} ${alike.indexOf(result) + 1}` : result.title;
}

/**
 * The results as text for somebody outside: without names, addresses and words of others.
 *
 * @param {string} title
 * @param {SetupCheck[]} checks
 */
export function getSetupText(title, checks) {
    const lines = [title, getSummary(checks)];
    for (const { results, title } of checks) {
        lines.push("", title);
        for (const result of results || []) {
            const verdict = VERDICTS[result.verdict];
            const label = verdict ? `[${verdict.label}] ` : "";
            lines.push(`- ${label}${getTitle(result, results)}`);
            lines.push(`  ${result.sentence}`);
        }
    }
    return `${lines.join("\n")}\n`;
}
