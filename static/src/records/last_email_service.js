import { registry } from "@web/core/registry";
import { Deferred } from "@web/core/utils/concurrency";
import { batched } from "@web/core/utils/timing";

/** The field that is asked for. */
const FIELD = "mail_tracking_last_email";

/** Asks for the last emails of records: once for all rows that a list shows. */
export class LastEmails {
    /** @type {Map<string, Map<number, Deferred>>} model -> id -> who waits for it */
    waiting = new Map();

    /** @param {import("services").ServiceFactories} services */
    constructor({ orm }) {
        this.orm = orm.silent;
        this.fetch = batched(() => this.fetchAll());
    }

    /**
     * @param {string} model
     * @param {number} id
     * @returns {Promise<import("models").LastEmail|false>}
     */
    load(model, id) {
        if (!this.waiting.has(model)) {
            this.waiting.set(model, new Map());
        }
        const waiting = this.waiting.get(model);
        if (!waiting.has(id)) {
            waiting.set(id, new Deferred());
        }
        this.fetch();
        return waiting.get(id);
    }

    fetchAll() {
        const all = this.waiting;
        this.waiting = new Map();
        for (const [model, waiting] of all) {
            this.fetchOf(model, waiting);
        }
    }

    async fetchOf(model, waiting) {
        let found;
        try {
            // not read(), which would raise where a record was deleted a moment ago
            found = await this.orm.searchRead(model, [["id", "in", [...waiting.keys()]]], [FIELD], {
                context: { active_test: false },
            });
        } catch (error) {
            // told once, not for each row
            const [first, ...others] = waiting.values();
            others.forEach((deferred) => deferred.resolve(false));
            first.reject(error);
            return;
        }
        const values = new Map(found.map((record) => [record.id, record[FIELD]]));
        for (const [id, deferred] of waiting) {
            deferred.resolve(values.get(id) ?? false);
        }
    }
}

export const lastEmailService = {
    dependencies: ["orm"],
    start: (env, services) => new LastEmails(services),
};
registry.category("services").add("mail_tracking.last_emails", lastEmailService);
