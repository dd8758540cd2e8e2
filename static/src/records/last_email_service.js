import { registry } from "@web/core/registry";
import { Deferred } from "@web/core/utils/concurrency";
import { batched } from "@web/core/utils/timing";

/** Asks for the last emails of records: once for all rows that a list shows. */
export class LastEmails {
    /** @type {Map<string, Map<number, Deferred>>} question -> id -> who waits for it */
    waiting = new Map();

    /** @param {import("services").ServiceFactories} services */
    constructor({ orm }) {
        this.orm = orm.silent;
        this.fetch = batched(() => this.fetchAll());
    }

    /**
     * @param {string} model
     * @param {number} id
     * @param {string} field that holds the answer
     * @param {Object} [context] that the answer depends on
     * @returns {Promise<import("models").LastEmail|false>}
     */
    load(model, id, field, context = {}) {
        const question = JSON.stringify([model, field, context]);
        if (!this.waiting.has(question)) {
            this.waiting.set(question, new Map());
        }
        const waiting = this.waiting.get(question);
        if (!waiting.has(id)) {
            waiting.set(id, new Deferred());
        }
        this.fetch();
        return waiting.get(id);
    }

    fetchAll() {
        const all = this.waiting;
        this.waiting = new Map();
        for (const [question, waiting] of all) {
            this.fetchOf(...JSON.parse(question), waiting);
        }
    }

    async fetchOf(model, field, context, waiting) {
        let found;
        try {
            // not read(), which would raise where a record was deleted a moment ago
            found = await this.orm.searchRead(model, [["id", "in", [...waiting.keys()]]], [field], {
                context: { ...context, active_test: false },
            });
        } catch (error) {
            // told once, not for each row
            const [first, ...others] = waiting.values();
            others.forEach((deferred) => deferred.resolve(false));
            first.reject(error);
            return;
        }
        const values = new Map(found.map((record) => [record.id, record[field]]));
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
