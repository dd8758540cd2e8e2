import { models } from "@web/../tests/web_test_helpers";

const NUMBERS = {
    tried: 0,
    sent: 0,
    taken: 0,
    arrived: 0,
    failed: 0,
    delivery_known: 0,
    delivered: 0,
    unknown: 0,
    complaints: 0,
    open_known: 0,
    opened: 0,
    answered: 0,
};

/**
 * What the server says of a period.
 *
 * @param {Object} [values]
 */
export function makeDashboard({ totals = {}, ...values } = {}) {
    const none = (name) => ({ name, items: [], others: { count: 0, emails: 0, domain: [] } });
    return {
        days: 30,
        start: "2026-03-01",
        today: "2026-03-31",
        is_empty: false,
        to_count: { emails: 0, is_more: false },
        incidents: { count: 0, records: [] },
        queue: { emails: 0, is_more: false, planned: 0, since: false },
        totals: Object.fromEntries(
            ["now", "before", "today"].map((name) => [name, { ...NUMBERS, ...totals[name] }])
        ),
        by_day: [{ day: "2026-03-31", tried: 0, arrived: 0, failed: 0 }],
        failures: ["reason", "provider", "server", "template_id", "model"].map(none),
        delays: {
            classes: [
                { value: "10s", label: "10 seconds", emails: 0 },
                { value: "5m", label: "5 minutes", emails: 0 },
                { value: "more", label: "Longer", emails: 0 },
            ],
            median: null,
            most: null,
        },
        domains: {
            arrived: [["state", "=", "delivered"]],
            answered: [["first_reply", "!=", false]],
            complaints: [["state", "=", "spam"]],
            delivered: [["state", "=", "delivered"]],
            failed: [["state", "=", "error"]],
            opened: [["first_open", "!=", false]],
            sent: [["state", "!=", false]],
            tried: [["state", "!=", false]],
            unknown: [["delivery_report", "=", "none"]],
            waiting: [["state", "=", false]],
        },
        ...values,
    };
}

export class MailTrackingDashboard extends models.Model {
    _name = "mail.tracking.dashboard";

    /** @param {number} days */
    get_data(days) {
        return makeDashboard({ days });
    }
}
