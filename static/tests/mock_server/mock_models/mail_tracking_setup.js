import { models } from "@web/../tests/web_test_helpers";

/** The server of a test that tells nothing of itself: what its checks find is written here. */
export const setupChecks = {
    pixel: { title: "Open tracking", results: [] },
    mail_servers: { title: "Outgoing mail servers", results: [] },
    live: { title: "Live updates", results: [] },
};

/**
 * One result, as the server would send it.
 *
 * @param {Partial<import("@mail_tracking/components/tracking_setup/setup_text").SetupResult>} values
 */
export function makeResult(values) {
    return {
        title: "Address",
        verdict: "ok",
        sentence: "All is well.",
        hint: "",
        subject: "",
        detail: "",
        action: false,
        link: "",
        ask: false,
        live: false,
        enter: [],
        ...values,
    };
}

export class MailTrackingSetup extends models.Model {
    _name = "mail.tracking.setup";

    get_checks() {
        return Object.entries(setupChecks).map(([name, { title }]) => ({ name, title }));
    }

    /** @param {string} name */
    run_check(name) {
        if (name === "live") {
            this._bus_send_live();
        }
        return setupChecks[name].results;
    }

    /** @param {string} name */
    refresh_check(name) {
        return this.run_check(name);
    }

    /** What the web server of a test passes on, or not. */
    _bus_send_live() {
        if (setupChecks.live.arrives) {
            const [partner] = this.env["res.partner"].browse(this.env.user.partner_id);
            this.env["bus.bus"]._sendone(partner, "mail_tracking/setup", {});
        }
    }

    /** @param {number} serverId */
    ask_mail_server(serverId) {
        return [makeResult({ title: "Outgoing mail server", sentence: `${serverId} was asked.` })];
    }
}
