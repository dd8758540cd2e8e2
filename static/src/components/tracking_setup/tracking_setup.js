import {
    VERDICTS,
    getSetupText,
    getSummary,
} from "@mail_tracking/components/tracking_setup/setup_text";

import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const MODEL = "mail.tracking.setup";
const LIVE = "mail_tracking/setup";

/**
 * Is email tracking set up well? Runs the checks of the server one after the other, and shows
 * what each found as soon as it is known.
 *
 * @extends {Component<Props, Env>}
 */
export class TrackingSetup extends Component {
    static template = "mail_tracking.TrackingSetup";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        super.setup();
        this.action = useService("action");
        this.bus = useService("bus_service");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.textRef = useRef("text");
        this.state = useState({
            asked: false,
            /** @type {import("@mail_tracking/components/tracking_setup/setup_text").SetupCheck[]} */
            checks: [],
            isChecking: false,
            isLive: false,
            text: "",
        });
        const onLive = () => (this.state.isLive = true);
        this.bus.subscribe(LIVE, onLive);
        onWillUnmount(() => this.bus.unsubscribe(LIVE, onLive));
        onWillStart(async () => {
            const checks = await this.orm.call(MODEL, "get_checks");
            this.state.checks = checks.map((check) => ({ ...check, results: null }));
        });
        onMounted(() => this.check());
        useEffect(
            (text) => text && this.textRef.el.select(),
            () => [this.state.text]
        );
    }

    /** What the page tells as a whole, also to those who do not see it. */
    get status() {
        const { checks, isChecking } = this.state;
        return isChecking
            ? _t("Checking %(number)s of %(total)s…", {
                  number: checks.filter(({ results }) => results).length + 1,
                  total: checks.length,
              })
            : getSummary(this.shownChecks);
    }

    /** The checks with what is to be shown of each result. */
    get shownChecks() {
        return this.state.checks.map((check) => ({
            ...check,
            results: check.results?.map((result) => {
                const shown = result.live && this.state.isLive ? result.live : result;
                return { ...shown, original: result, look: VERDICTS[shown.verdict] };
            }),
        }));
    }

    /** @param {boolean} [isAgain] whether others are asked again, which takes its time */
    async check(isAgain = false) {
        const method = isAgain ? "refresh_check" : "run_check";
        Object.assign(this.state, { isChecking: true, isLive: false, text: "" });
        for (const check of this.state.checks) {
            check.results = null;
        }
        for (const check of this.state.checks) {
            check.results = await this.call(method, check.name, check.title);
        }
        this.state.isChecking = false;
    }

    /**
     * @param {string} method
     * @param {string|number} arg
     * @param {string} title shown where there is no answer
     */
    async call(method, arg, title) {
        try {
            return await this.orm.silent.call(MODEL, method, [arg]);
        } catch (error) {
            if (!(error instanceof RPCError || error instanceof ConnectionLostError)) {
                throw error;
            }
            return [{ title, verdict: "unknown", sentence: _t("The server did not answer.") }];
        }
    }

    async onClickAsk(check, result) {
        this.state.asked = result.ask;
        const [answer] = await this.call("ask_mail_server", result.ask, result.title);
        const { results } = this.state.checks.find(({ name }) => name === check.name);
        if (answer && results) {
            results.splice(results.indexOf(result.original), 1, answer);
        }
        this.state.asked = false;
    }

    onClickOpen(result) {
        return this.action.doAction(result.action);
    }

    /**
     * Copy a part of a record for DNS; where that is not allowed, select it.
     *
     * @param {MouseEvent} ev
     * @param {string} text
     */
    async onClickCopyPart(ev, text) {
        const shown = ev.currentTarget.parentElement.querySelector("code");
        try {
            await browser.navigator.clipboard.writeText(text);
            this.notification.add(_t("Copied."), { type: "success" });
        } catch {
            document.getSelection().selectAllChildren(shown);
        }
    }

    async onClickCopy() {
        const text = getSetupText(_t("Set-up of email tracking"), this.shownChecks);
        try {
            await browser.navigator.clipboard.writeText(text);
            this.notification.add(_t("Copied, without names and addresses."), { type: "success" });
        } catch {
            // no clipboard without https, or not for this page: to be copied by hand
            this.state.text = text;
        }
    }
}

registry.category("actions").add("mail_tracking.setup", TrackingSetup);
