import {
    formatCounted,
    formatShare,
    getNumberChange,
    getShareChange,
} from "@mail_tracking/dashboard/lazy/dashboard_text";
import { DayChart } from "@mail_tracking/dashboard/lazy/day_chart";

import { Component, onWillStart, useRef, useState } from "@odoo/owl";

import { deserializeDate, deserializeDateTime, toLocaleDateString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { formatDateTime, formatFloat, formatInteger } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const PERIODS = [7, 30, 90];
/** Of Odoo's own colors, in light and dark themes. */
const COLORS = { arrived: "#43C5B1", failed: "#EA6175", unknown: "#A4A8B6" };

/** What failures are grouped by: the title, and what is said where there is no value. */
const FAILURES = {
    reason: { title: _t("Failures by reason"), none: _t("Reason not known") },
    provider: { title: _t("Failures by provider of the recipient"), none: _t("Not known") },
    server: { title: _t("Failures by mail server"), none: _t("No server accepted them") },
    template_id: { title: _t("Failures by template"), none: _t("Without a template") },
    model: { title: _t("Failures by type of record"), none: _t("Without a record") },
};

/** Icons differ in shape, and stand beside words. */
const SEVERITIES = {
    urgent: { icon: "fa-times-circle text-danger", severityLabel: _t("Urgent") },
    warning: { icon: "fa-exclamation-triangle text-warning", severityLabel: _t("Warning") },
};

/** What a list of the emails is called that a number counts. */
const LISTS = {
    answered: _t("Answered"),
    complaints: _t("Reported as spam"),
    delivered: _t("Delivered"),
    failed: _t("Failed"),
    opened: _t("Opened"),
    sent: _t("Sent"),
    tried: _t("Emails"),
    unknown: _t("Delivery not known"),
    waiting: _t("Waiting to be sent"),
};

/**
 * How sending went, and what is going on. Each number leads to the emails that it counts.
 *
 * @extends {Component<Props, Env>}
 */
export class TrackingDashboard extends Component {
    static template = "mail_tracking.TrackingDashboard";
    static components = { DayChart, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        super.setup();
        this.action = useService("action");
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.periods = PERIODS;
        this.colors = COLORS;
        this.rootRef = useRef("root");
        this.state = useState({
            data: null,
            days: this.props.state?.days || 30,
            isLoading: false,
            charts: {},
        });
        useSetupAction({
            rootRef: this.rootRef,
            getLocalState: () => ({ days: this.state.days }),
        });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.isLoading = true;
        const call = this.orm.call("mail.tracking.dashboard", "get_data", [this.state.days]);
        const data = await this.keepLast.add(call);
        Object.assign(this.state, { charts: this.prepareCharts(data), data, isLoading: false });
    }

    onChangeDays(days) {
        this.state.days = days;
        return this.load();
    }

    // ------------------------------------------------------------
    // WHAT IS SHOWN
    // ------------------------------------------------------------

    get data() {
        return this.state.data;
    }

    /** The days that are shown. */
    get period() {
        const [start, today] = [this.data.start, this.data.today].map(formatDay);
        return _t("%(start)s to %(end)s, in UTC", { start, end: today });
    }

    /** The numbers that matter first. */
    get numbers() {
        const { now, today } = this.data.totals;
        return [
            this.prepareSent(),
            {
                name: "delivered",
                title: LISTS.delivered,
                basis: now.delivery_known
                    ? _t("%(part)s of %(whole)s whose delivery can be known", {
                          part: formatInteger(now.delivered),
                          whole: formatInteger(now.delivery_known),
                      })
                    : _t("No mail server involved reports delivery"),
                unknown:
                    now.unknown &&
                    _t("Not known: %(number)s", { number: formatInteger(now.unknown) }),
                ...this.prepareShare("delivered", "delivery_known", true),
                today:
                    today.delivery_known &&
                    sayToday(formatShare(today.delivered, today.delivery_known)),
            },
            {
                name: "failed",
                title: LISTS.failed,
                basis: _t("%(part)s of %(whole)s that Odoo tried to send", {
                    part: formatInteger(now.failed),
                    whole: formatInteger(now.tried),
                }),
                ...this.prepareShare("failed", "tried", false),
                today: sayToday(formatInteger(today.failed)),
            },
            {
                name: "complaints",
                title: LISTS.complaints,
                basis: _t("%(part)s of %(whole)s that did not fail", {
                    part: formatInteger(now.complaints),
                    whole: formatInteger(now.taken),
                }),
                ...this.prepareShare("complaints", "taken", false),
                today: sayToday(formatInteger(today.complaints)),
            },
        ];
    }

    prepareSent() {
        const { now, before, today } = this.data.totals;
        return {
            name: "sent",
            title: LISTS.sent,
            value: formatInteger(now.sent),
            basis: _t("Emails accepted by a mail server, each to one recipient"),
            change: getNumberChange(now.sent - today.sent, before.sent, this.data.days),
            today: sayToday(formatInteger(today.sent)),
        };
    }

    prepareShare(part, whole, isGood) {
        const { now, before } = this.data.totals;
        return {
            value: formatShare(now[part], now[whole]) ?? _t("Not known"),
            change: getShareChange([now[part], now[whole]], [before[part], before[whole]], isGood),
        };
    }

    /** The lists of what failed. */
    get failures() {
        const { failed } = this.data.totals.now;
        return this.data.failures.map(({ name, items, others }) => ({
            ...FAILURES[name],
            name,
            items: [
                ...items.map((item) => ({
                    ...item,
                    label: item.label || FAILURES[name].none,
                })),
                ...(others.count ? [{ ...others, value: "others", label: _t("All others") }] : []),
            ].map((item) => ({
                ...item,
                key: String(item.value),
                number: formatInteger(item.emails),
                share: formatShare(item.emails, failed),
                width: failed ? (100 * item.emails) / failed : 0,
            })),
        }));
    }

    /** How long deliveries took. */
    get delays() {
        const { classes, median, most } = this.data.delays;
        const total = classes.reduce((sum, { emails }) => sum + emails, 0);
        const longest = classes.at(-1).value;
        const time = (name) => classes.find(({ value }) => value === name)?.label;
        return {
            total: _t("Deliveries whose time is known: %(number)s", {
                number: formatInteger(total),
            }),
            classes: classes.map((delay) => ({
                ...delay,
                title: _t("Time until delivery: %(time)s", { time: delay.label }),
                number: formatInteger(delay.emails),
                share: formatShare(delay.emails, total),
                width: total ? (100 * delay.emails) / total : 0,
            })),
            median:
                median === longest
                    ? _t("Half of them took longer than a day")
                    : median && _t("Half of them within %(time)s", { time: time(median) }),
            most:
                most === longest
                    ? _t("More than 5% took longer than a day")
                    : most && _t("95% within %(time)s", { time: time(most) }),
        };
    }

    /** What recipients did. */
    get reactions() {
        const { answered, open_known, opened, taken } = this.data.totals.now;
        return [
            {
                name: "opened",
                title: LISTS.opened,
                value: formatShare(opened, open_known) ?? _t("Not known"),
                basis: open_known
                    ? _t("%(part)s of %(whole)s whose opens may be known", {
                          part: formatInteger(opened),
                          whole: formatInteger(open_known),
                      })
                    : _t("Opens cannot be known for any of them"),
            },
            {
                name: "answered",
                title: LISTS.answered,
                value: formatShare(answered, taken) ?? _t("Not known"),
                basis: _t("%(part)s of %(whole)s that did not fail", {
                    part: formatInteger(answered),
                    whole: formatInteger(taken),
                }),
            },
        ];
    }

    get queue() {
        const { queue } = this.data;
        return {
            emails:
                queue.emails &&
                _t("Waiting to be sent: %(number)s", { number: formatCounted(queue) }),
            planned:
                queue.planned &&
                _t("Scheduled for later: %(number)s", { number: formatInteger(queue.planned) }),
            since: queue.since && saySince(queue.since),
        };
    }

    get incidents() {
        return this.data.incidents.records.map((incident) => ({
            ...incident,
            ...SEVERITIES[incident.severity],
            since: saySince(incident.opened_on),
            emails:
                incident.email_count &&
                _t("Emails: %(number)s", { number: formatInteger(incident.email_count) }),
        }));
    }

    get allIncidents() {
        const { count } = this.data.incidents;
        return _t("All open incidents: %(number)s", { number: formatInteger(count) });
    }

    get toCount() {
        const { to_count } = this.data;
        return (
            to_count.emails &&
            _t("Emails that are not counted yet: %(number)s", {
                number: formatCounted(to_count),
            })
        );
    }

    /** @param {number} days */
    getDaysLabel(days) {
        return _t("%(days)s days", { days });
    }

    // ------------------------------------------------------------
    // CHARTS
    // ------------------------------------------------------------

    /** Prepared once for each answer of the server, as charts are drawn anew for new series. */
    prepareCharts({ by_day }) {
        const days = by_day.map(({ day, tried, arrived, failed }) => ({
            day,
            label: formatDay(day),
            numbers: { tried, arrived, unknown: tried - arrived - failed, failed },
            failedShare: formatShare(failed, tried),
        }));
        const series = (name, label) => ({
            label,
            color: COLORS[name],
            values: days.map(({ numbers }) => numbers[name]),
        });
        return {
            days,
            labels: days.map(({ label }) => label),
            emailSeries: [
                series("arrived", _t("Arrived")),
                series("unknown", _t("Not known")),
                series("failed", _t("Failed")),
            ],
            failedSeries: [
                {
                    label: _t("Failed"),
                    color: COLORS.failed,
                    values: by_day.map(({ failed, tried }) => (tried ? (100 * failed) / tried : 0)),
                },
            ],
        };
    }

    /** @param {number} value */
    formatNumber(value) {
        return formatInteger(Math.round(value));
    }

    /** @param {number} value */
    formatPercent(value) {
        return `${formatFloat(value, { digits: [16, 1] })}%`;
    }

    // ------------------------------------------------------------
    // LISTS
    // ------------------------------------------------------------

    /**
     * Open the emails that a number counts.
     *
     * @param {string} name of the number
     * @param {Object} [more]
     * @param {string} [more.title]
     * @param {Array} [more.domain]
     * @param {string} [more.day] one day instead of all that are shown
     */
    openEmails(name, { title = LISTS[name], domain = [], day } = {}) {
        const { domains, start, today } = this.data;
        const days = name === "waiting" ? [] : getTimeDomain(day || start, day || today);
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: title,
            res_model: "mail.tracking.email",
            mobile_view_mode: "kanban",
            views: ["list", "kanban", "form", "graph", "pivot"].map((type) => [false, type]),
            domain: [...days, ...domains[name], ...domain],
        });
    }

    /**
     * Open the daily numbers, which can be grouped in all ways and exported.
     */
    openNumbers() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Email statistics"),
            res_model: "mail.tracking.day",
            views: ["pivot", "graph", "list"].map((type) => [false, type]),
            domain: [
                ["day", ">=", this.data.start],
                ["day", "<=", this.data.today],
            ],
        });
    }

    /** @param {number} [resId] */
    openIncidents(resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Open incidents"),
            res_model: "mail.tracking.incident",
            res_id: resId,
            views: (resId ? ["form"] : ["list", "form"]).map((type) => [false, type]),
            domain: [["closed_on", "=", false]],
        });
    }
}

/** @param {string} day */
function formatDay(day) {
    return toLocaleDateString(deserializeDate(day));
}

/** @param {string} time */
function saySince(time) {
    return _t("since %(time)s", { time: formatDateTime(deserializeDateTime(time)) });
}

/** @param {string} number */
function sayToday(number) {
    return _t("Today: %(number)s", { number });
}

/** The emails from one day to another, in UTC. */
function getTimeDomain(start, end) {
    const next = deserializeDate(end).plus({ days: 1 }).toISODate();
    return [
        ["time", ">=", `${start} 00:00:00`],
        ["time", "<", `${next} 00:00:00`],
    ];
}

registry.category("lazy_components").add("mail_tracking.TrackingDashboard", TrackingDashboard);
