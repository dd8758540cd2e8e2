import { click, contains, openFormView, start } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import {
    createTrackedMessage,
    defineMailTrackingModels,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import {
    asyncStep,
    onRpc,
    patchWithCleanup,
    serverState,
    waitForSteps,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";

describe.current.tags("desktop");
defineMailTrackingModels();

const FACTS = ["250 2.0.0 Ok: queued as 1", "Not encrypted", "SHA-256 0123"];

async function open(tracking, values) {
    const created = await createTrackedMessage([tracking], values);
    await start();
    await openFormView("res.partner", created.partnerId);
    await contains(".o_mail_tracking_status");
    return created;
}

test("what the server said is folded, and unfolds", async () => {
    const tracking = makeTracking({ tracking_id: 4711 });
    const event = { id: 1, time: "2019-03-11 08:30:00", type: "sent", title: "Sent", detail: "" };
    const events = [
        { ...event, technical: FACTS },
        { ...event, id: 2, type: "delivered", technical: [] },
    ];
    await open(tracking, { tracking_details: { 4711: { action_url: false, events } } });
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event", { count: 2 });
    await contains("details.o_mail_tracking_event_technical:not([open])", { count: 1 });
    queryOne(".o_mail_tracking_event_technical summary").focus();
    expect("summary").toBeFocused();
    await click(".o_mail_tracking_event_technical summary");
    await contains("details.o_mail_tracking_event_technical[open]");
    expect(queryAllTexts(".o_mail_tracking_event_technical bdi")).toEqual(FACTS);
});

test("an author prints and downloads the proof of a message", async () => {
    patchWithCleanup(browser, { open: (url) => asyncStep(url) });
    for (const name of ["action_tracking_proof", "action_tracking_proof_data"]) {
        onRpc("mail.message", name, ({ args: [ids] }) => {
            const url = `/${name}/${ids.length}`;
            return { type: "ir.actions.act_url", target: "new", url };
        });
    }
    await open(makeTracking({ tracking_id: 4711 }), { author_id: serverState.partnerId });
    await click(".o-mail-Message [title='Expand']");
    await click("[name='mail-tracking-proof']", { text: "Proof of sending" });
    await click(".modal-footer button", { text: "Print" });
    await waitForSteps(["/action_tracking_proof/1"]);
    await contains(".modal", { count: 0 });
    await click(".o-mail-Message [title='Expand']");
    await click("[name='mail-tracking-proof']");
    await click(".modal-footer button", { text: "Download data" });
    await waitForSteps(["/action_tracking_proof_data/1"]);
    await contains(".modal", { count: 0 });
    await click(".o-mail-Message [title='Expand']");
    await click("[name='mail-tracking-proof']");
    await click(".modal-header .btn-close");
    await contains(".modal", { count: 0 });
    await waitForSteps([]);
});

test("others are not offered the proof", async () => {
    await open(makeTracking({ tracking_id: 4711 }), { author_id: serverState.odoobotId });
    await click(".o-mail-Message [title='Expand']");
    await contains(".o-dropdown-item:first");
    await contains("[name^='mail-tracking-proof']", { count: 0 });
});
