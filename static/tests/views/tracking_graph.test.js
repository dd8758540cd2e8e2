import { expect, test } from "@odoo/hoot";
import { TrackingGraphRenderer } from "@mail_tracking/views/lazy/tracking_graph_view";
import { defineMailTrackingModels } from "@mail_tracking/../tests/mail_tracking_test_helpers";
import {
    defineModels,
    fields,
    models,
    mountView,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

class SentMail extends models.Model {
    _name = "sent.mail";
    date = fields.Date();
    state = fields.Selection({
        selection: [
            ["opened", "Seen"],
            ["error", "Failed"],
        ],
    });
    _records = [
        { id: 1, date: "2026-01-01", state: "error" },
        { id: 2, date: "2026-01-01", state: "opened" },
        { id: 3, date: "2026-01-02", state: false },
    ];
}

defineMailTrackingModels();
defineModels([SentMail]);

test("failures are red, opens green, and what waits is grey", async () => {
    let colors = {};
    patchWithCleanup(TrackingGraphRenderer.prototype, {
        getBarChartData() {
            const data = super.getBarChartData();
            const datasets = this.model.data.datasets;
            colors = Object.fromEntries(datasets.map((d) => [d.label, d.backgroundColor]));
            return data;
        },
    });
    await mountView({
        arch: `<graph js_class="mail_tracking_graph">
                   <field name="date" interval="day"/>
                   <field name="state"/>
               </graph>`,
        resModel: "sent.mail",
        type: "graph",
    });
    expect(colors).toEqual({ Failed: "#EA6175", None: "#A4A8B6", Seen: "#00A78D" });
});
