import { browser } from "@web/core/browser/browser";
import { ConnectionLostError, rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

/**
 * Keeps what is known of sent messages up to date.
 *
 * The bus tells which messages changed, never how: what the user may see of them is asked for
 * once, for all that changed within a moment. One request at a time, so that an old answer
 * never overtakes a newer one.
 */
export class TrackingLive {
    /** Milliseconds. */
    static GATHER_DELAY = 100;
    /** What the route accepts. */
    static MAX_MESSAGES = 200;

    /** @type {Set<number>} messages to ask for */
    messageIds = new Set();
    /** @type {Set<number>} those of them whose failure is the user's to resolve */
    ownMessageIds = new Set();
    /** @type {Set<import("models").Thread>} records whose failed emails to ask for */
    threads = new Set();
    /** @type {Map<string, number>} bus channel -> how many components need it */
    watchers = new Map();
    isRequested = false;
    isFetching = false;

    /** @param {import("services").ServiceFactories} services */
    constructor(services) {
        this.busService = services.bus_service;
        this.store = services["mail.store"];
        this.busService.subscribe("mail_tracking/updated", ({ message_ids, thread }) =>
            this.refetch(message_ids, { thread: thread && this.store.Thread.get(thread) })
        );
        this.busService.subscribe("mail_tracking/failed", ({ message_ids }) =>
            this.refetch(message_ids, { isOwn: true })
        );
        this.busService.addEventListener("BUS:RECONNECT", () => {
            if (this.isRequested) {
                this.schedule();
            }
        });
        this.busService.subscribe("mail.message/delete", () => {
            if (this.store.failed.counter > 0) {
                this.refetch();
            }
        });
    }

    /**
     * Hear of changes in the messages of a record, until `unwatch` was called as often.
     *
     * @param {string} model
     * @param {number} id
     */
    watch(model, id) {
        const channel = `mail_tracking/${model}/${id}`;
        const count = this.watchers.get(channel) ?? 0;
        this.watchers.set(channel, count + 1);
        if (count === 0) {
            this.busService.addChannel(channel);
        }
    }

    /**
     * @param {string} model
     * @param {number} id
     */
    unwatch(model, id) {
        const channel = `mail_tracking/${model}/${id}`;
        const count = this.watchers.get(channel) - 1;
        this.watchers.set(channel, count);
        if (count === 0) {
            this.watchers.delete(channel);
            this.busService.deleteChannel(channel);
        }
    }

    /**
     * Ask for the state of messages, and for the counter of the Failed mailbox.
     *
     * @param {number[]} [messageIds]
     * @param {Object} [options]
     * @param {boolean} [options.isOwn] they belong into the Failed mailbox as long as they failed
     * @param {import("models").Thread} [options.thread] a record whose failed emails changed
     */
    refetch(messageIds = [], { isOwn = false, thread } = {}) {
        if (thread) {
            this.threads.add(thread);
        }
        for (const id of messageIds) {
            this.messageIds.add(id);
            if (isOwn) {
                this.ownMessageIds.add(id);
            }
        }
        this.isRequested = true;
        this.schedule();
    }

    schedule() {
        this.timeout ??= browser.setTimeout(() => {
            this.timeout = undefined;
            this.fetch();
        }, this.constructor.GATHER_DELAY);
    }

    async fetch() {
        if (this.isFetching) {
            return;
        }
        this.isFetching = true;
        try {
            while (this.isRequested) {
                await this.fetchSome();
            }
        } catch (error) {
            // asked for again with what comes next, at the latest when the bus is connected again
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        } finally {
            this.isFetching = false;
        }
    }

    async fetchSome() {
        const ids = [...this.messageIds].slice(0, this.constructor.MAX_MESSAGES);
        ids.forEach((id) => this.messageIds.delete(id));
        this.isRequested = this.messageIds.size > 0;
        try {
            const params = { message_ids: ids };
            this.store.insert(await rpc("/mail_tracking/messages", params, { silent: true }));
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                ids.forEach((id) => this.messageIds.add(id));
                this.isRequested = true;
            }
            throw error;
        }
        this.showFailures(ids);
        this.fetchThreads();
    }

    /** The store asks for all of them with one request, and nothing here waits for it. */
    fetchThreads() {
        for (const thread of this.threads) {
            thread.fetchThreadData(["failed_messages"]).catch((error) => {
                if (!(error instanceof ConnectionLostError)) {
                    throw error;
                }
            });
        }
        this.threads.clear();
    }

    /** @param {number[]} messageIds those just fetched */
    showFailures(messageIds) {
        for (const id of messageIds.filter((id) => this.ownMessageIds.delete(id))) {
            const message = this.store["mail.message"].get(id);
            if (message?.mail_tracking_needs_action) {
                this.store.addFailedMessage(message);
            }
        }
        this.store.fillFailedMailbox();
    }
}

export const trackingLiveService = {
    dependencies: ["bus_service", "mail.store"],
    start: (env, services) => new TrackingLive(services),
};
registry.category("services").add("mail_tracking.live", trackingLiveService);
