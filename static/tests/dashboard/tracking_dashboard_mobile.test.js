import { contains, start, startServer } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryOne } from "@odoo/hoot-dom";
import { defineMailTrackingModels } from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { makeDashboard } from "@mail_tracking/../tests/mock_server/mock_models/mail_tracking_dashboard";
import { getService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { assets } from "@web/core/assets";
import { setupChartJsForTests } from "@web/../tests/views/graph/graph_test_helpers";

describe.current.tags("mobile");
defineMailTrackingModels();
setupChartJsForTests();

test("on a phone nothing reaches beyond the page, however long a word is", async () => {
    const long = "x".repeat(200);
    const item = { value: long, label: long, emails: 123456789, domain: [] };
    onRpc("mail.tracking.dashboard", "get_data", () =>
        makeDashboard({
            failures: [
                { name: "server", items: [item], others: { count: 0, emails: 0, domain: [] } },
            ],
            incidents: {
                count: 1,
                records: [
                    {
                        id: 1,
                        name: long,
                        severity: "warning",
                        opened_on: "2026-03-30 10:00:00",
                        email_count: 1,
                    },
                ],
            },
            totals: { now: { tried: 123456789, sent: 123456789, failed: 123456789 } },
        })
    );
    patchWithCleanup(assets, { loadBundle: () => Promise.resolve() });
    await startServer();
    await start();
    await getService("action").doAction({
        tag: "mail_tracking_dashboard",
        type: "ir.actions.client",
    });
    await contains(".o_mail_tracking_dashboard_failures li");
    const page = queryOne(".o_mail_tracking_dashboard");
    expect(page.scrollWidth).toBe(page.clientWidth);
});
