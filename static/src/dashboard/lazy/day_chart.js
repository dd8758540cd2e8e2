/* global Chart */

import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";

import { loadBundle } from "@web/core/assets";
import { localization } from "@web/core/l10n/localization";

/**
 * Bars for each day, one upon the other. What they show stands in the table of the page as well.
 *
 * @typedef {{ label: string, color: string, values: number[] }} Series
 * @typedef {Object} Props
 * @property {string} description
 * @property {(value: number) => string} format
 * @property {string[]} labels of the days
 * @property {(index: number) => void} onClick
 * @property {Series[]} series from the bottom
 * @extends {Component<Props, Env>}
 */
export class DayChart extends Component {
    static template = "mail_tracking.DayChart";
    static props = {
        description: String,
        format: Function,
        labels: Array,
        onClick: Function,
        series: Array,
    };

    setup() {
        super.setup();
        this.canvasRef = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new Chart(this.canvasRef.el, this.config);
                return () => chart.destroy();
            },
            () => [this.props.series]
        );
    }

    get config() {
        const { labels, series } = this.props;
        return {
            type: "bar",
            data: {
                labels,
                datasets: series.map(({ label, color, values }) => ({
                    label,
                    data: values,
                    backgroundColor: color,
                    borderRadius: 2,
                    maxBarThickness: 32,
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                // without it, the last day is cut off at the left
                layout: { padding: { left: localization.direction === "rtl" ? 24 : 0 } },
                interaction: { mode: "index", intersect: false },
                onClick: (ev, [bar]) => bar && this.props.onClick(bar.index),
                onHover: ({ native }, [bar]) =>
                    (native.target.style.cursor = bar ? "pointer" : "default"),
                plugins: { legend: { display: false }, tooltip: this.tooltip },
                scales: this.scales,
            },
        };
    }

    get tooltip() {
        const { format } = this.props;
        const isRtl = localization.direction === "rtl";
        return {
            rtl: isRtl,
            textDirection: localization.direction,
            callbacks: {
                label: ({ dataset, raw }) => `${dataset.label}: ${format(raw)}`,
            },
        };
    }

    get scales() {
        const isRtl = localization.direction === "rtl";
        // the colors of the page around it, whatever its theme
        const { borderTopColor, color } = getComputedStyle(this.canvasRef.el.parentElement);
        const axis = { stacked: true, border: { display: false } };
        return {
            x: {
                ...axis,
                grid: { display: false },
                reverse: isRtl,
                ticks: { color, autoSkipPadding: 16, maxRotation: 0 },
            },
            y: {
                ...axis,
                beginAtZero: true,
                grid: { color: borderTopColor },
                position: isRtl ? "right" : "left",
                ticks: { color, callback: this.props.format, maxTicksLimit: 5 },
            },
        };
    }
}
