import { waitForChannels } from "@bus/../tests/bus_test_helpers";
import {
    click,
    contains,
    onRpcBefore,
    openDiscuss,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    createFailedMessage,
    createTrackedMessage,
    defineMailTrackingModels,
    makeFailure,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { TrackingLive } from "@mail_tracking/core/tracking_live_service";
import {
    asyncStep,
    getService,
    onRpc,
    patchWithCleanup,
    serverState,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

const COUNTER = ".o-mail-Mailbox[data-mailbox-id=failed] .o-mail-DiscussSidebar-badge";

/** Tell which messages the client asks for. */
function listenRoute() {
    onRpcBefore("/mail_tracking/messages", ({ message_ids }) =>
        asyncStep(`fetch ${message_ids.length}`)
    );
}

/** Tell which channels of this addon the client subscribes to. */
function listenChannels() {
    const step = (verb) => (channel) =>
        channel.startsWith("mail_tracking/") && asyncStep(`${verb} ${channel}`);
    patchWithCleanup(getService("bus_service"), {
        addChannel: step("add"),
        deleteChannel: step("delete"),
    });
}

const getChannel = (partnerId) => `mail_tracking/res.partner/${partnerId}`;

/** Change messages on the server, which tells that as the real one does. */
function change(pyEnv, messageId, values) {
    pyEnv["mail.message"].write([messageId], values);
    pyEnv["mail.message"]._bus_send_tracking([messageId]);
}

test("the icon changes before the user's eyes", async () => {
    const tracking = makeTracking({ status: "sent" });
    const { messageId, partnerId, pyEnv } = await createTrackedMessage([tracking]);
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_status[aria-label='Anna Meyer: Sent']");
    await waitForChannels([getChannel(partnerId)]);
    change(pyEnv, messageId, {
        partner_trackings: [{ ...tracking, status: "opened", status_human: "Opened" }],
    });
    await contains(".o_mail_tracking_status[aria-label='Anna Meyer: Opened']");
});

test("a failure appears above the chatter and goes when it is settled", async () => {
    const tracking = makeTracking({ status: "sent" });
    const { messageId, partnerId, pyEnv } = await createTrackedMessage([tracking]);
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_status");
    await waitForChannels([getChannel(partnerId)]);
    change(pyEnv, messageId, {
        mail_tracking_needs_action: true,
        partner_trackings: [{ ...tracking, state: "bounced", status: "error" }],
    });
    await contains(".o_mail_tracking_failed_box .o_mail_tracking_failed");
    change(pyEnv, messageId, {
        mail_tracking_needs_action: false,
        partner_trackings: [{ ...tracking, status: "delivered", status_human: "Delivered" }],
    });
    await contains(".o_mail_tracking_failed_box", { count: 0 });
    await contains(".o_mail_tracking_status[aria-label='Anna Meyer: Delivered']");
});

test("a message that failed again comes back", async () => {
    const { messageId, partnerId, pyEnv } = await createFailedMessage();
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_failed");
    await waitForChannels([getChannel(partnerId)]);
    change(pyEnv, messageId, { mail_tracking_needs_action: false });
    await contains(".o_mail_tracking_failed", { count: 0 });
    change(pyEnv, messageId, { mail_tracking_needs_action: true });
    await contains(".o_mail_tracking_failed");
});

test("a list from the server that does not name a message any more settles it", async () => {
    const { messageId, partnerId, pyEnv } = await createFailedMessage();
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_failed");
    const store = getService("mail.store");
    const thread = store.Thread.get({ model: "res.partner", id: partnerId });
    pyEnv["mail.message"].write([messageId], { mail_tracking_needs_action: false });
    await thread.fetchThreadData(["failed_messages"]);
    await contains(".o_mail_tracking_failed", { count: 0 });
    expect(store["mail.message"].get(messageId).mail_tracking_needs_action).toBe(false);
});

test("new failures enter the mailbox in order, and the counter follows up and down", async () => {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({ name: "Acme" });
    const ids = pyEnv["mail.message"].create(
        ["first", "second", "third"].map((body) => ({
            author_id: serverState.partnerId,
            body,
            mail_tracking_needs_action: body === "second",
            message_type: "comment",
            model: "res.partner",
            partner_trackings: [makeFailure()],
            res_id: partnerId,
        }))
    );
    await start();
    await openDiscuss("mail.box_failed");
    await contains(".o-mail-Message", { count: 1 });
    for (const id of [ids[2], ids[0]]) {
        change(pyEnv, id, { mail_tracking_needs_action: true });
    }
    await contains(".o-mail-Message", { count: 3 });
    expect(queryAllTexts(".o-mail-Message-body")).toEqual(["first", "second", "third"]);
    await contains(`${COUNTER}:contains(3)`);
    change(pyEnv, ids[1], { mail_tracking_needs_action: false });
    await contains(".o-mail-Message", { count: 2 });
    await contains(`${COUNTER}:contains(2)`);
});

test("a failure of somebody else does not enter the mailbox", async () => {
    const { partnerId, pyEnv } = await createFailedMessage();
    const messageId = pyEnv["mail.message"].create({
        author_id: partnerId,
        body: "not mine",
        message_type: "comment",
        model: "res.partner",
        partner_trackings: [makeFailure()],
        res_id: partnerId,
    });
    await start();
    await openDiscuss("mail.box_failed");
    await contains(".o-mail-Message .o_mail_tracking_failed");
    await waitForChannels([getChannel(partnerId)]);
    listenRoute();
    pyEnv["mail.message"].write([messageId], { mail_tracking_needs_action: true });
    pyEnv["bus.bus"]._sendone(getChannel(partnerId), "mail_tracking/updated", {
        message_ids: [messageId],
    });
    await waitForSteps(["fetch 1"]);
    await contains(".o-mail-Message", { count: 1 });
    await contains(`${COUNTER}:contains(1)`);
});

test("the counter follows also where the mailbox was never opened", async () => {
    const { messageId, pyEnv } = await createTrackedMessage([makeTracking()], {
        author_id: serverState.partnerId,
    });
    await start();
    await openDiscuss("mail.box_starred");
    await contains(".o-mail-Mailbox[data-mailbox-id=failed]");
    await contains(COUNTER, { count: 0 });
    change(pyEnv, messageId, { mail_tracking_needs_action: true });
    await contains(`${COUNTER}:contains(1)`);
    await click(".o-mail-Mailbox[data-mailbox-id=failed]");
    await contains(".o-mail-Message");
});

test("what changed within a moment is asked for at once, and no more than the route takes", async () => {
    patchWithCleanup(TrackingLive, { MAX_MESSAGES: 2 });
    const { messageId } = await createFailedMessage();
    await start();
    await openDiscuss("mail.box_failed");
    await contains(".o-mail-Message");
    listenRoute();
    const live = getService("mail_tracking.live");
    live.refetch([messageId]);
    live.refetch([messageId, messageId + 1]);
    live.refetch([messageId + 2]);
    await waitForSteps(["fetch 2", "fetch 1"]);
});

test("a record is listened to once, and no longer than it is shown", async () => {
    const { partnerId, pyEnv } = await createTrackedMessage([makeTracking()]);
    pyEnv["mail.message"].create({
        body: "another",
        message_type: "comment",
        model: "res.partner",
        partner_trackings: [makeTracking()],
        res_id: partnerId,
    });
    await start();
    listenChannels();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking", { count: 2 });
    await waitForSteps([`add ${getChannel(partnerId)}`]);
    await openDiscuss("mail.box_failed");
    await contains(".o-mail-Discuss");
    await waitForSteps([`delete ${getChannel(partnerId)}`]);
});

test("a record that was not saved yet is not listened to", async () => {
    await start();
    listenChannels();
    await openFormView("res.partner");
    await contains(".o-mail-Chatter");
    await waitForSteps([]);
});

test("a deleted message leaves the mailbox", async () => {
    const { messageId, pyEnv } = await createFailedMessage([makeFailure()], {
        partner_ids: [serverState.partnerId],
    });
    await start();
    await openDiscuss("mail.box_failed");
    await contains(`${COUNTER}:contains(1)`);
    await contains(".o-mail-Message");
    const [partner] = pyEnv["res.partner"].browse(serverState.partnerId);
    pyEnv["mail.message"].unlink([messageId]);
    pyEnv["bus.bus"]._sendone(partner, "mail.message/delete", { message_ids: [messageId] });
    await contains(".o-mail-Message", { count: 0 });
    await contains(COUNTER, { count: 0 });
});

test("an answer that fails for lack of connection is asked for again", async () => {
    const { messageId, partnerId, pyEnv } = await createTrackedMessage([
        makeTracking({ status: "sent" }),
    ]);
    await start();
    await openFormView("res.partner", partnerId);
    await contains(".o_mail_tracking_status");
    let isOffline = true;
    onRpc("/mail_tracking/messages", () => {
        asyncStep("fetch");
        if (isOffline) {
            return new Response("", { status: 502 });
        }
    });
    pyEnv["mail.message"].write([messageId], {
        partner_trackings: [makeTracking({ status: "opened" })],
    });
    getService("mail_tracking.live").refetch([messageId]);
    await waitForSteps(["fetch"]);
    await animationFrame();
    isOffline = false;
    getService("bus_service").trigger("BUS:RECONNECT");
    await waitForSteps(["fetch"]);
    await contains(".o_mail_tracking_status[aria-label='Anna Meyer: Opened']");
});
