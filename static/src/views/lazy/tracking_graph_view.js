import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

/** Failures are red, whatever else is shown; of Odoo's own colors. */
const STATE_COLORS = {
    error: "#EA6175",
    rejected: "#CE4257",
    bounced: "#982738",
    "soft-bounced": "#F2A0AC",
    spam: "#6E1423",
    deferred: "#FFBC2C",
    unsub: "#F4A261",
    sent: "#4EA7F2",
    delivered: "#056BD9",
    opened: "#00A78D",
};
const OTHER_COLOR = "#A4A8B6";

export class TrackingGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        const { fields, groupBy } = this.model.metaData;
        if (groupBy.length > 1 && groupBy.at(-1).fieldName === "state") {
            const colors = fields.state.selection.map(([state, label]) => [
                label,
                STATE_COLORS[state],
            ]);
            const colorByLabel = Object.fromEntries(colors);
            for (const dataset of this.model.data.datasets) {
                dataset.backgroundColor = colorByLabel[dataset.label] || OTHER_COLOR;
            }
        }
        return data;
    }
}

registry
    .category("views")
    .add("mail_tracking_graph", { ...graphView, Renderer: TrackingGraphRenderer });
