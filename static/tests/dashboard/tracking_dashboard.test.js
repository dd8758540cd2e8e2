import { click, contains, start, startServer } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { click as pointAndClick, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import {
    formatCounted,
    formatShare,
    getNumberChange,
    getShareChange,
} from "@mail_tracking/dashboard/lazy/dashboard_text";
import { defineMailTrackingModels } from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { makeDashboard } from "@mail_tracking/../tests/mock_server/mock_models/mail_tracking_dashboard";
import {
    allowTranslations,
    getService,
    mockService,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { assets } from "@web/core/assets";
import { localization } from "@web/core/l10n/localization";
import { setupChartJsForTests } from "@web/../tests/views/graph/graph_test_helpers";

defineMailTrackingModels();
describe.current.tags("desktop");
setupChartJsForTests();

const getNumber = (name) => `.o_mail_tracking_dashboard_number[data-number=${name}]`;
const getFailures = (name) => `.o_mail_tracking_dashboard_failures[data-by=${name}]`;
const MARCH = [
    ["time", ">=", "2026-03-01 00:00:00"],
    ["time", "<", "2026-04-01 00:00:00"],
];

async function openDashboard(values) {
    if (values) {
        onRpc("mail.tracking.dashboard", "get_data", ({ args: [days] }) =>
            makeDashboard({ days, ...values })
        );
    }
    // all that it loads is there
    patchWithCleanup(assets, { loadBundle: () => Promise.resolve() });
    await startServer();
    await start();
    await getService("action").doAction({
        tag: "mail_tracking_dashboard",
        type: "ir.actions.client",
    });
}

/** Note what is opened from the dashboard, instead of opening it. */
function noteActions() {
    const actions = [];
    mockService("action", {
        doAction(action, options) {
            if (action.tag) {
                return super.doAction(action, options);
            }
            actions.push(action);
        },
    });
    return actions;
}

test("a share is told of what can be known, and what is unknown is no zero", async () => {
    await openDashboard({
        totals: {
            now: {
                tried: 1000,
                sent: 990,
                failed: 20,
                taken: 980,
                unknown: 880,
                delivery_known: 100,
                delivered: 90,
            },
            before: { tried: 500, sent: 490, failed: 5, taken: 495, unknown: 495 },
            today: { sent: 500 },
        },
    });
    await contains(`${getNumber("sent")} .o_mail_tracking_dashboard_value:text(990)`);
    await contains(`${getNumber("delivered")} .o_mail_tracking_dashboard_value:text(90.0%)`);
    await contains(`${getNumber("delivered")}:contains(90 of 100 whose delivery can be known)`);
    await contains(`${getNumber("delivered")} button:text(Not known: 880)`);
    await contains(`${getNumber("failed")}:contains(20 of 1,000 that Odoo tried to send)`);
    await contains(`${getNumber("failed")} .text-danger:contains(Up from 1.0%)`);
    await contains(`${getNumber("failed")} .text-danger .fa-arrow-up[aria-hidden=true]`);
    await contains(`${getNumber("complaints")} .o_mail_tracking_dashboard_value:text(0.00%)`);
    await contains(`${getNumber("opened")} .o_mail_tracking_dashboard_value:text(Not known)`);
    // today is not over: full days are compared
    await contains(`${getNumber("sent")}:contains(As many as in the 30 days before)`);
    await contains(`${getNumber("sent")} button:text(Today: 500)`);
});

test("where no server reports delivery, nothing is claimed", async () => {
    await openDashboard({ totals: { now: { sent: 5, taken: 5, unknown: 5 } } });
    await contains(`${getNumber("delivered")} .o_mail_tracking_dashboard_value:text(Not known)`);
    await contains(`${getNumber("delivered")}:contains(No mail server involved reports delivery)`);
    await contains(`${getNumber("delivered")} .o_mail_tracking_dashboard_today`, { count: 0 });
});

test("each number leads to the emails that it counts", async () => {
    const actions = noteActions();
    await openDashboard({
        totals: { now: { sent: 10, failed: 3, taken: 7, unknown: 7 }, today: { sent: 1 } },
        failures: [
            {
                name: "server",
                items: [
                    {
                        value: "smtp.example",
                        label: "smtp.example",
                        emails: 2,
                        domain: [["smtp_server", "=", "smtp.example"]],
                    },
                ],
                others: { count: 4, emails: 1, domain: [["smtp_server", "not in", ["x"]]] },
            },
        ],
        queue: { emails: 4, is_more: false, planned: 0, since: false },
    });
    await click(`${getNumber("failed")} .o_mail_tracking_dashboard_value`);
    await click(`${getNumber("sent")} .o_mail_tracking_dashboard_today`);
    await click(`${getFailures("server")} button:text(2)`);
    await click(`${getFailures("server")} li:contains(All others) button`);
    await click(".o_mail_tracking_dashboard_queue button");
    const failed = ["state", "=", "error"];
    expect(actions.map(({ domain }) => domain)).toEqual([
        [...MARCH, failed],
        [["time", ">=", "2026-03-31 00:00:00"], MARCH[1], ["state", "!=", false]],
        [...MARCH, failed, ["smtp_server", "=", "smtp.example"]],
        [...MARCH, failed, ["smtp_server", "not in", ["x"]]],
        [["state", "=", false]],
    ]);
    expect(actions.map(({ name }) => String(name))).toEqual([
        "Failed",
        "Sent",
        "smtp.example",
        "All others",
        "Waiting to be sent",
    ]);
    expect(new Set(actions.map(({ res_model }) => res_model))).toEqual(
        new Set(["mail.tracking.email"])
    );
});

test("failures without a value have words", async () => {
    const makeItem = (value) => ({ value, label: "", emails: 1, domain: [] });
    const others = { count: 0, emails: 0, domain: [] };
    await openDashboard({
        totals: { now: { tried: 9, failed: 3 } },
        failures: [
            { name: "reason", items: [makeItem(false)], others },
            { name: "template_id", items: [makeItem(false)], others },
            { name: "model", items: [], others },
        ],
    });
    await contains(`${getFailures("reason")} bdi:text(Reason not known)`);
    await contains(`${getFailures("template_id")} bdi:text(Without a template)`);
    await contains(`${getFailures("reason")} li:contains(33.3%)`);
    await contains(`${getFailures("model")}:contains(Nothing failed)`);
});

test("another period is asked for, and only the last answer counts", async () => {
    const answers = { 7: new Deferred(), 90: new Deferred() };
    onRpc("mail.tracking.dashboard", "get_data", async ({ args: [days] }) => {
        expect.step(days);
        await answers[days];
        return makeDashboard({ days, totals: { now: { sent: days } } });
    });
    await openDashboard();
    await contains("input[type=radio][value='30']:checked");
    await click("label:text(7 days)");
    await click("label:text(90 days)");
    await contains(".o_mail_tracking_dashboard_page[aria-busy=true]");
    answers[90].resolve();
    await contains(`${getNumber("sent")} .o_mail_tracking_dashboard_value:text(90)`);
    answers[7].resolve();
    await contains(".o_mail_tracking_dashboard_page[aria-busy=false]");
    await contains(`${getNumber("sent")} .o_mail_tracking_dashboard_value:text(90)`);
    expect.verifySteps([30, 7, 90]);
});

test("the table says what the charts show", async () => {
    const actions = noteActions();
    await openDashboard({
        by_day: [
            { day: "2026-03-30", tried: 1000, arrived: 700, failed: 100 },
            { day: "2026-03-31", tried: 0, arrived: 0, failed: 0 },
        ],
    });
    await click("summary:text(The days as a table)");
    expect(queryAllTexts("tbody tr:first td")).toEqual(["1,000", "700", "200", "100", "10.0%"]);
    expect(queryAllTexts("tbody tr:last td")).toEqual(["0", "0", "0", "0", ""]);
    await click("tbody tr:first td:eq(3) button");
    expect(actions[0].domain[0]).toEqual(["time", ">=", "2026-03-30 00:00:00"]);
    expect(actions[0].domain[1]).toEqual(["time", "<", "2026-03-31 00:00:00"]);
    await contains("canvas[role=img][aria-label]", { count: 2 });
});

test("a day of a chart leads to its emails", async () => {
    const actions = noteActions();
    await openDashboard({
        by_day: [{ day: "2026-03-30", tried: 10, arrived: 7, failed: 3 }],
    });
    await contains(".o_mail_tracking_dashboard_days canvas");
    for (const name of ["days", "failed_days"]) {
        const canvas = queryOne(`.o_mail_tracking_dashboard_${name} canvas`);
        const [bar] = window.Chart.getChart(canvas).getDatasetMeta(0).data;
        await pointAndClick(canvas, { position: bar.getCenterPoint(), relative: true });
        await animationFrame();
    }
    expect(actions.map(({ name }) => String(name))).toEqual(["Emails", "Failed"]);
    expect(actions[0].domain[0]).toEqual(["time", ">=", "2026-03-30 00:00:00"]);
});

test("how long deliveries took is told in classes", async () => {
    const actions = noteActions();
    await openDashboard({
        delays: {
            classes: [
                { value: "10s", label: "10 seconds", emails: 40 },
                { value: "5m", label: "5 minutes", emails: 50 },
                { value: "more", label: "Longer", emails: 10 },
            ],
            median: "5m",
            most: "more",
        },
    });
    const box = ".o_mail_tracking_dashboard_delays";
    await contains(`${box} b:text(Half of them within 5 minutes)`);
    await contains(`${box} b:text(More than 5% took longer than a day)`);
    await contains(`${box}:contains(Deliveries whose time is known: 100)`);
    await click(`${box} li:contains(Longer) button`);
    expect(actions[0].res_model).toBe("mail.tracking.email");
    expect(actions[0].domain).toEqual([
        ...MARCH,
        ["state", "=", "delivered"],
        ["delay", "=", "more"],
    ]);
});

test("open incidents are on top, and lead to themselves", async () => {
    const actions = noteActions();
    await openDashboard({
        incidents: {
            count: 9,
            records: [
                {
                    id: 3,
                    name: "smtp.example refuses emails",
                    severity: "urgent",
                    opened_on: "2026-03-30 10:00:00",
                    email_count: 1234,
                },
            ],
        },
    });
    const incident = ".o_mail_tracking_dashboard_incident";
    await contains(`${incident}:contains("Emails: 1,234")`);
    await contains(`${incident} .visually-hidden:text(Urgent)`);
    await contains(`${incident} .fa-times-circle[aria-hidden=true]`);
    await contains(`${incident}:contains(since Mar 30)`);
    await click(`${incident} button:text(smtp.example refuses emails)`);
    await click(".o_mail_tracking_dashboard_incidents:text(All open incidents: 9)");
    expect(actions.map(({ res_id, views }) => [res_id, views[0][1]])).toEqual([
        [3, "form"],
        [undefined, "list"],
    ]);
});

test("what waits, since when, and what is not counted yet", async () => {
    await openDashboard({
        queue: { emails: 20000, is_more: true, planned: 12, since: "2026-03-31 08:00:00" },
        to_count: { emails: 12000, is_more: false },
    });
    const queue = ".o_mail_tracking_dashboard_queue";
    await contains(`${queue} button:text("Waiting to be sent: 20,000 or more")`);
    await contains(`${queue}:contains(since Mar 31)`);
    await contains(`${queue}:contains(Scheduled for later: 12)`);
    await contains(".o_mail_tracking_dashboard_to_count:contains(12,000)");
    await contains(".o_mail_tracking_dashboard_status:contains(No open incident)");
});

test("a new database says what will be here", async () => {
    await openDashboard({ is_empty: true });
    await contains(".o_mail_tracking_dashboard_empty h2:text(No email has been counted yet)");
    await contains(".o_mail_tracking_dashboard_number", { count: 0 });
    await contains(".o_mail_tracking_dashboard_status:contains(No email waits to be sent)");
});

test("shares are never all or none where they are not", () => {
    allowTranslations();
    expect(formatShare(0, 0)).toBe(null);
    expect(formatShare(0, 7)).toBe("0.00%");
    expect(formatShare(7, 7)).toBe("100.0%");
    expect(formatShare(99999, 100000)).toBe("99.9%");
    expect(formatShare(1, 1000000)).toEqual("less than 0.01%");
    expect(formatShare(3, 1000)).toBe("0.30%");
    expect(formatCounted({ emails: 5, is_more: true })).toBe("5 or more");
});

test("in languages from right to left the sign stays on its side of the number", () => {
    allowTranslations();
    patchWithCleanup(localization, { direction: "rtl" });
    expect(formatShare(1, 8)).toBe("\u206612.5%\u2069");
    expect(getShareChange([1, 8], [1, 4], false).text).toMatch("\u206625.0%\u2069");
});

test("changes are told in words, and in red only where they are worse and notable", () => {
    allowTranslations();
    expect(getShareChange([1, 10], [0, 0], false)).toBe(null);
    expect(getShareChange([1, 10], [10, 100], false).text).toBe("As before");
    const more = getShareChange([2, 10], [1, 10], false);
    expect([more.text, more.icon, more.isWorse]).toEqual(["Up from 10.0%", "fa-arrow-up", true]);
    expect(getShareChange([2, 10], [1, 10], true).isWorse).toBe(false);
    expect(getShareChange([1, 10], [2, 10], true).isWorse).toBe(true);
    expect(getShareChange([961, 1000], [963, 1000], true).isWorse).toBe(false);
    expect(getNumberChange(5, 0, 7).text).toBe("None in the 7 days before");
    expect(getNumberChange(5, 10, 7).text).toBe("50% less than in the 7 days before");
    expect(getNumberChange(30, 10, 7).text).toBe("200% more than in the 7 days before");
});
