import { click, contains, openFormView, start } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { press, queryAll, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import {
    createTrackedMessage,
    defineMailTrackingModels,
    makeFailure,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import {
    asyncStep,
    getService,
    makeServerError,
    onRpc,
    patchWithCleanup,
    serverState,
    waitForSteps,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";

describe.current.tags("desktop");
defineMailTrackingModels();

const EVENTS = [
    { id: 11, time: "2019-03-11 08:30:00", type: "sent", title: "Sent", detail: "250 Ok" },
    { id: 12, time: "2019-03-11 08:31:00", type: "delivered", title: "Delivered", detail: "" },
    { id: 13, time: "2019-03-11 09:00:00", type: "open", title: "Opened", detail: "Firefox" },
];

/** Open the contact in whose chatter a message to this one recipient stands. */
async function openTracked(tracking, details = { action_url: false, events: EVENTS }) {
    const created = await createTrackedMessage([tracking], {
        tracking_details: { [tracking.tracking_id]: details },
    });
    await start();
    await openFormView("res.partner", created.partnerId);
    await contains(".o_mail_tracking_status");
    return created;
}

test("tells the events of the recipient, the newest first", async () => {
    onRpc("mail.message", "get_tracking_details", ({ args }) => {
        expect(args[0]).toHaveLength(1);
        asyncStep(`get_tracking_details of ${args[1]}`);
    });
    await openTracked(makeTracking({ status: "opened", tracking_id: 4711 }));
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event", { count: 3 });
    expect(queryAllTexts(".o_mail_tracking_event_title")).toEqual(["Opened", "Delivered", "Sent"]);
    expect(queryAllTexts(".o_mail_tracking_event time")).toEqual([
        "30 minutes ago",
        "59 minutes ago",
        "1 hour ago",
    ]);
    expect(queryAll(".o_mail_tracking_event time").map(({ title }) => title)).toEqual([
        "Mar 11, 2019, 10:00 AM",
        "Mar 11, 2019, 9:31 AM",
        "Mar 11, 2019, 9:30 AM",
    ]);
    expect(queryAllTexts(".o_mail_tracking_event_detail")).toEqual(["Firefox", "250 Ok"]);
    await waitForSteps(["get_tracking_details of 4711"]);
});

test("says what may be known of opens, as text", async () => {
    const privacy = "Opens are not tracked: <b>Anna</b> said No.";
    await openTracked(makeTracking(), { events: EVENTS, privacy });
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_popover_privacy", { text: privacy });
    await contains(".o_mail_tracking_popover_privacy b", { count: 0 });
});

test("is silent where all opens are noted as always", async () => {
    await openTracked(makeTracking(), { events: EVENTS, privacy: "" });
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event", { count: 3 });
    await contains(".o_mail_tracking_popover_privacy", { count: 0 });
});

test("says between when an event happened again and again", async () => {
    const opened = { ...EVENTS[2], first_time: EVENTS[1].time, title: "Opened (30×)" };
    await openTracked(makeTracking(), { events: [opened], is_cut: true });
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event_span", {
        text: "Between Mar 11, 2019, 9:31 AM and Mar 11, 2019, 10:00 AM",
    });
    await contains(".o_mail_tracking_popover_cut");
});

test("tells who sent the message again, and who reviewed a failure", async () => {
    const text = "Resent by <b>Marc</b> to errol@example.com";
    const review = { id: 3, text: "Reviewed by Anna", time: EVENTS[2].time };
    await openTracked(makeTracking({ status: "sent" }), {
        action_url: false,
        events: EVENTS,
        resends: [{ id: 3, text, time: EVENTS[0].time }],
        reviews: [review],
    });
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event", { count: 5 });
    expect(queryAllTexts(".o_mail_tracking_event_title")).toEqual([
        "Reviewed by Anna",
        "Opened",
        "Delivered",
        "Sent",
        text,
    ]);
});

/** Assert that the popover is inside the window, and what it holds inside the popover. */
async function assertFits() {
    await animationFrame();
    const isInside = (inner, outer) =>
        inner.top > outer.top - 1 &&
        inner.left > outer.left - 1 &&
        inner.bottom < outer.bottom + 1 &&
        inner.right < outer.right + 1;
    const content = queryOne(".o_mail_tracking_popover");
    const box = queryOne(".o_popover").getBoundingClientRect();
    // the window of the browser: HOOT cannot change that one
    const { clientHeight, clientWidth } = document.documentElement;
    const page = { bottom: clientHeight, left: 0, right: clientWidth, top: 0 };
    expect(isInside(box, page)).toBe(true);
    expect(isInside(content.getBoundingClientRect(), box)).toBe(true);
    expect(content.scrollWidth).toBe(content.clientWidth);
}

for (const count of [0, 3, 100]) {
    test(`fits and scrolls with ${count} events, wherever the icon is`, async () => {
        const events = Array.from({ length: count }, (_, id) => ({ ...EVENTS[0], id }));
        let answer;
        onRpc("mail.message", "get_tracking_details", () => answer);
        await openTracked(makeTracking({ error_description: "no ".repeat(100) }));
        const { clientHeight } = document.documentElement;
        for (const top of [10, clientHeight / 2, clientHeight - 30]) {
            answer = new Deferred();
            const icon = queryOne(".o_mail_tracking_status");
            Object.assign(icon.style, { left: "700px", position: "fixed", top: `${top}px` });
            await click(".o_mail_tracking_status");
            await contains(".o_mail_tracking_popover_loading");
            await assertFits();
            answer.resolve({ action_url: false, events });
            await contains(".o_mail_tracking_popover_loading", { count: 0 });
            await contains(".o_mail_tracking_event", { count });
            await assertFits();
            await click(".o_mail_tracking_popover .btn-close");
            await contains(".o_mail_tracking_popover", { count: 0 });
        }
    });
}

test("leads to the contact, and to sending the message again", async () => {
    const [first, second] = [makeFailure({ partner_id: 7 }), makeFailure({ recipient: "Emil" })];
    const { partnerId } = await createTrackedMessage([first, second], {
        author_id: serverState.partnerId,
        tracking_details: { [first.tracking_id]: { events: [] } },
    });
    await start();
    await openFormView("res.partner", partnerId);
    patchWithCleanup(getService("action"), {
        doAction: ({ res_id, res_model }) => asyncStep(`${res_model} ${res_id}`),
    });
    await click(".o-mail-Message .o_mail_tracking_status:eq(0)");
    await click("button:contains(Open contact)");
    await contains(".o_mail_tracking_popover", { count: 0 });
    await waitForSteps(["res.partner 7"]);
    await click(".o-mail-Message .o_mail_tracking_status:eq(0)");
    await click(".o_mail_tracking_popover_resend:contains(Resend to Anna Meyer…)");
    await contains(".modal .o_mail_tracking_resend_row", { count: 2 });
    await contains(".modal .o_mail_tracking_resend_row.o_selected", { count: 1 });
    await contains(".modal .o_mail_tracking_resend_row.o_selected:contains(Anna Meyer)");
});

test("copies the address", async () => {
    patchWithCleanup(browser.navigator.clipboard, { writeText: (text) => asyncStep(text) });
    await openTracked(makeTracking());
    await click(".o_mail_tracking_status");
    await click("button:contains(Copy address)");
    await waitForSteps(["anna@example.com"]);
});

test("says who, where and what before the events have come", async () => {
    const answer = new Deferred();
    onRpc("mail.message", "get_tracking_details", () => answer);
    await openTracked(makeTracking({ evidence: "Nothing confirms its delivery.", status: "sent" }));
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_popover[role=dialog][aria-label='Anna Meyer']");
    await contains(".o_mail_tracking_popover_email:contains(anna@example.com)");
    await contains(".o_mail_tracking_popover_label:contains(Sent)");
    await contains(".o_mail_tracking_popover_evidence:contains(Nothing confirms its delivery)");
    await contains(".o_mail_tracking_popover_loading");
    answer.resolve({ action_url: false, events: [] });
    await contains(".o_mail_tracking_popover_empty");
    await contains(".o_mail_tracking_popover_loading", { count: 0 });
});

test("tells the whole reason of a failure, as text", async () => {
    const reason = `550 <b>${"no ".repeat(100)}</b>`;
    await openTracked(
        makeTracking({ error_description: reason, state: "bounced", status: "error" }),
        {
            action_url: false,
            events: [{ ...EVENTS[0], detail: reason, title: "<i>Bounced</i>", type: "reject" }],
        }
    );
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event");
    expect(queryOne(".o_mail_tracking_popover_reason").textContent).toBe(reason);
    expect(queryOne(".o_mail_tracking_event_detail").textContent).toBe(reason);
    expect(queryOne(".o_mail_tracking_event_title").textContent).toBe("<i>Bounced</i>");
    await contains(".o_mail_tracking_popover :is(b, i:not(.fa))", { count: 0 });
});

test("links to the technical record when the server names it", async () => {
    await openTracked(makeTracking(), { action_url: "/odoo/tracking/1", events: EVENTS });
    await click(".o_mail_tracking_status");
    await contains("a.o_mail_tracking_popover_record[href='/odoo/tracking/1']");
});

test("links nowhere when the server names no technical record", async () => {
    await openTracked(makeTracking());
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event", { count: 3 });
    await contains(".o_mail_tracking_popover a", { count: 0 });
});

test("asks the server nothing about a recipient without tracking", async () => {
    onRpc("mail.message", "get_tracking_details", () => asyncStep("get_tracking_details"));
    const evidence = "This recipient was notified in Odoo, not by email.";
    await openTracked(
        makeTracking({ email: false, evidence, status: "unknown", tracking_id: false })
    );
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_popover_evidence:contains(notified in Odoo)");
    await contains(".o_mail_tracking_popover_email", { count: 0 });
    await animationFrame();
    await waitForSteps([]);
});

test("explains what a shared pixel leaves open", async () => {
    const evidence = "The same email went to 3 recipients";
    await openTracked(makeTracking({ evidence, shared: 3, status: "opened" }));
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_popover_label", {
        text: "Opened by someone among 3 recipients",
    });
    await contains(".o_mail_tracking_popover_evidence:contains(3 recipients)");
});

test("keeps its explanation when the server fails", async () => {
    expect.errors(1);
    onRpc("mail.message", "get_tracking_details", () => {
        throw makeServerError({ message: "no" });
    });
    await openTracked(makeTracking());
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_popover_label:contains(Delivered)");
    await contains(".o_mail_tracking_popover_loading", { count: 0 });
    await contains(".o_error_dialog");
    await animationFrame();
    expect.verifyErrors(["RPC_ERROR: no"]);
});

test("opens with Enter, closes with Escape, and the focus returns to the icon", async () => {
    await openTracked(makeTracking());
    queryOne(".o_mail_tracking_status").focus();
    expect(".o_mail_tracking_status").toHaveAttribute("aria-expanded", "false");
    await press("Enter");
    await contains(".o_mail_tracking_popover .btn-close");
    expect(".o_mail_tracking_popover .btn-close").toBeFocused();
    expect(".o_mail_tracking_status").toHaveAttribute("aria-expanded", "true");
    await press("Escape");
    await contains(".o_mail_tracking_popover", { count: 0 });
    await contains(".o_mail_tracking_status[aria-expanded=false]");
    expect(".o_mail_tracking_status").toBeFocused();
});

test("closes by its button and by a second click on the icon", async () => {
    await openTracked(makeTracking());
    await click(".o_mail_tracking_status");
    await click(".o_mail_tracking_popover .btn-close");
    await contains(".o_mail_tracking_popover", { count: 0 });
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_popover");
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_popover", { count: 0 });
    await contains(".o_mail_tracking_status[aria-expanded=false]");
});

test("goes to the recipient clicked last", async () => {
    const { partnerId } = await createTrackedMessage([
        makeTracking({ recipient: "Anna Meyer", tracking_id: false }),
        makeTracking({ recipient: "Emil Novák", tracking_id: false }),
    ]);
    await start();
    await openFormView("res.partner", partnerId);
    await click(".o_mail_tracking_status:eq(0)");
    await contains(".o_mail_tracking_popover_recipient:contains(Anna Meyer)");
    await click(".o_mail_tracking_status:eq(1)");
    await contains(".o_mail_tracking_popover_recipient:contains(Emil Novák)");
    await contains(".o_mail_tracking_popover");
    await contains(".o_mail_tracking_status[aria-expanded=true]");
});

test("follows the recipient while it is open", async () => {
    const tracking = makeTracking({ status: "sent" });
    const { messageId, pyEnv } = await openTracked(tracking, {
        action_url: false,
        events: EVENTS.slice(0, 1),
    });
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event", { count: 1 });
    pyEnv["mail.message"].write([messageId], {
        partner_trackings: [{ ...tracking, status: "opened", status_human: "Opened" }],
        tracking_details: { [tracking.tracking_id]: { action_url: false, events: EVENTS } },
    });
    getService("mail_tracking.live").refetch([messageId]);
    await contains(".o_mail_tracking_status[aria-label='Anna Meyer: Opened']");
    await contains(".o_mail_tracking_popover_label:contains(Opened)");
    await contains(".o_mail_tracking_event", { count: 3 });
});

test("does not ask again when nothing changed for the recipient", async () => {
    onRpc("mail.message", "get_tracking_details", () => asyncStep("get_tracking_details"));
    const { messageId, pyEnv } = await openTracked(makeTracking());
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_event", { count: 3 });
    const [{ partner_trackings }] = pyEnv["mail.message"].browse(messageId);
    pyEnv["mail.message"].write([messageId], {
        partner_trackings: [...partner_trackings, makeTracking({ recipient: "Emil" })],
    });
    getService("mail_tracking.live").refetch([messageId]);
    await contains(".o_mail_tracking_status", { count: 2 });
    await waitForSteps(["get_tracking_details"]);
});

test("follows a mail that was sent again to the same recipient", async () => {
    const tracking = makeTracking({ status: "error" });
    const { messageId, pyEnv } = await openTracked(tracking);
    await click(".o_mail_tracking_status");
    await contains(".o_mail_tracking_popover_label:contains(Error)");
    const successor = makeTracking({ status: "sent" });
    pyEnv["mail.message"].write([messageId], {
        partner_trackings: [successor],
        tracking_details: {
            [successor.tracking_id]: { action_url: false, events: EVENTS.slice(0, 1) },
        },
    });
    getService("mail_tracking.live").refetch([messageId]);
    await contains(".o_mail_tracking_status[aria-label='Anna Meyer: Sent']");
});
