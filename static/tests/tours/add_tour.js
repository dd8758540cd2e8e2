import { registry } from "@web/core/registry";

/** Add a tour whose steps get a minute each: machines that run tests are busy. */
export function addTour(name, tour) {
    const steps = () => tour.steps().map((step) => ({ timeout: 60000, ...step }));
    registry.category("web_tour.tours").add(name, { ...tour, steps });
}
