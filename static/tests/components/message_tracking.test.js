import {
    click,
    contains,
    openDiscuss,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import {
    advanceTime,
    hover,
    queryAll,
    queryAllTexts,
    queryAttribute,
    queryOne,
} from "@odoo/hoot-dom";
import {
    createTrackedMessage,
    defineMailTrackingModels,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { TRACKING_STATUSES } from "@mail_tracking/core/tracking_status";
import { Command, serverState } from "@web/../tests/web_test_helpers";
import { serializeDateTime } from "@web/core/l10n/dates";

const { DateTime } = luxon;

describe.current.tags("desktop");
defineMailTrackingModels();

/** Open the contact in whose chatter a message to these recipients stands. */
async function openTrackedMessage(trackings, values) {
    const created = await createTrackedMessage(trackings, values);
    await start();
    await openFormView("res.partner", created.partnerId);
    await contains(".o-mail-Message");
    return created;
}

const getNames = () => queryAllTexts(".o_mail_tracking_name");
const getAccessibleName = () => queryAttribute(".o_mail_tracking_status", "aria-label");
const getTooltip = () => queryAttribute(".o_mail_tracking_status", "data-tooltip");

const TIME = "2019-03-11 08:30:00";
const TIME_SHOWN = "Mar 11, 2019, 9:30 AM";

describe("statuses", () => {
    const expectations = {
        unknown: { icon: "unknown", words: "Unknown" },
        waiting: { icon: "waiting", words: "Waiting" },
        cancelled: { icon: "cancelled", words: "Not sent: cancelled" },
        error: { icon: "error", words: "Error" },
        sent: { icon: "sent", words: "Sent" },
        delivered: { icon: "delivered", words: "Delivered" },
        opened: { icon: "opened", words: "Opened" },
        cc: { icon: "cc", words: "Cc", isCc: true },
        no_email: { icon: "no_email", words: "No email" },
        no_partner: { icon: "anon_user", words: "No partner" },
    };

    for (const [status, { icon, isCc = false, words }] of Object.entries(expectations)) {
        test(`"${status}" shows its icon beside the name, and tells it in words`, async () => {
            await openTrackedMessage([makeTracking({ isCc, status, time: TIME })]);
            await contains("p.o_mail_tracking > strong:contains(To:)");
            await contains(".o_mail_tracking_name:contains(Anna Meyer)");
            await contains(`.o_mail_tracking_name + .o_mail_tracking_status`);
            expect(".o_mail_tracking_icon").toHaveAttribute("aria-hidden", "true");
            expect(queryAttribute(".o_mail_tracking_icon", "style")).toInclude(
                `/mail_tracking/static/src/img/${icon}.svg`
            );
            expect(getTooltip()).toBe(`${words}, ${TIME_SHOWN}`);
            expect(getAccessibleName()).toBe(
                `Anna Meyer${isCc ? " (Cc)" : ""}: ${words}, ${TIME_SHOWN}`
            );
        });
    }

    test("each status has an icon of its own", () => {
        const statuses = Object.values(TRACKING_STATUSES);
        expect(Object.keys(TRACKING_STATUSES).sort()).toEqual(Object.keys(expectations).sort());
        expect(new Set(statuses.map(({ icon }) => icon)).size).toBe(statuses.length);
    });

    test("a status of another addon is shown in the words of its server", async () => {
        await openTrackedMessage([
            makeTracking({ status: "teleported", status_human: "Teleported" }),
        ]);
        expect(getTooltip()).toBe("Teleported");
        expect(queryAttribute(".o_mail_tracking_icon", "style")).toInclude("/unknown.svg");
    });

    test("what a status rests on is said in the popover alone", async () => {
        const evidence = "mx.example.org accepted the email.";
        await openTrackedMessage([makeTracking({ evidence, time: TIME })]);
        expect(getTooltip()).toBe(`Delivered, ${TIME_SHOWN}`);
        await click(".o_mail_tracking_status");
        await contains(`.o_mail_tracking_popover_evidence:contains("${evidence}")`);
    });

    test("the tooltip tells how often a mail was opened, and when last", async () => {
        const opened = { open_count: 3, status: "opened" };
        await openTrackedMessage([
            makeTracking({ ...opened, time: "2019-02-11 08:30:00" }),
            makeTracking({ ...opened, time: serializeDateTime(DateTime.now()) }),
            makeTracking({ ...opened, open_count: 1, time: TIME }),
        ]);
        const [older, today, once] = queryAll(".o_mail_tracking_status").map(
            ({ dataset }) => dataset.tooltip
        );
        expect(older).toBe("Opened 3×, last Feb 11, 2019, 9:30 AM");
        expect(today).toMatch(/^Opened 3×, last today \d+:\d\d [AP]M$/);
        expect(once).toBe(`Opened, ${TIME_SHOWN}`);
    });

    test("a click and an unsubscription are no eye", async () => {
        await openTrackedMessage([
            makeTracking({ click_count: 1, status: "opened" }),
            makeTracking({ click_count: 1, open_count: 1, status: "opened" }),
            makeTracking({ open_count: 2, state: "unsub", status: "opened", time: TIME }),
        ]);
        expect(
            queryAll(".o_mail_tracking_icon").map(
                ({ style }) => style.cssText.match(/(\w+).svg/)[1]
            )
        ).toEqual(["clicked", "opened", "unsubscribed"]);
        expect(queryAll(".o_mail_tracking_status").map(({ dataset }) => dataset.tooltip)).toEqual([
            "Link clicked",
            "Opened",
            `Unsubscribed, ${TIME_SHOWN}`,
        ]);
    });

    test("an entry with nothing but the names that other addons know is shown", async () => {
        await openTrackedMessage([
            {
                status: "sent",
                status_human: "Sent",
                error_type: false,
                error_description: false,
                tracking_id: 7,
                recipient: "Anna Meyer",
                partner_id: 3,
                isCc: false,
            },
        ]);
        expect(getAccessibleName()).toBe("Anna Meyer: Sent");
    });
});

describe("words", () => {
    const expectations = [
        ["error", "error", "Sending failed"],
        ["error", "rejected", "Rejected"],
        ["error", "bounced", "Bounced"],
        ["error", "soft-bounced", "Soft bounced"],
        ["error", "spam", "Reported as spam"],
        ["sent", "deferred", "Delayed"],
        ["opened", "unsub", "Unsubscribed"],
        ["no_email", "error", "Whatever"],
    ];
    for (const [status, state, words] of expectations) {
        test(`${status} because of "${state}" says "${words}"`, async () => {
            await openTrackedMessage([makeTracking({ state, status, status_human: "Whatever" })]);
            expect(getTooltip()).toBe(words);
        });
    }

    test("the reason of a failure follows in the tooltip", async () => {
        await openTrackedMessage([
            makeTracking({
                error_description: "550 5.1.1 User unknown",
                state: "bounced",
                status: "error",
                time: TIME,
            }),
        ]);
        await hover(".o_mail_tracking_status");
        await advanceTime(500);
        await contains(".o-tooltip", {
            text: `Bounced, ${TIME_SHOWN} – 550 5.1.1 User unknown`,
        });
    });

    test("a reason without end is cut in the tooltip", async () => {
        await openTrackedMessage([
            makeTracking({ error_description: "no ".repeat(200), status: "error" }),
        ]);
        expect(getTooltip().length).toBeLessThan(200);
        expect(getTooltip()).toMatch(/…$/);
    });

    test("a pixel shared by several people says that someone opened", async () => {
        await openTrackedMessage([makeTracking({ shared: 3, status: "opened" })]);
        expect(getAccessibleName()).toBe("Anna Meyer: Opened by someone among 3 recipients");
    });

    test("a pixel shared by several people changes no other status", async () => {
        await openTrackedMessage([makeTracking({ shared: 3, status: "delivered" })]);
        expect(getAccessibleName()).toBe("Anna Meyer: Delivered");
    });

    test("a carbon copy whose fate is known shows it, marked as copy", async () => {
        await openTrackedMessage([
            makeTracking({ isCc: true, state: "rejected", status: "error" }),
        ]);
        await contains(".o_mail_tracking_cc:contains(Cc)");
        expect(queryAttribute(".o_mail_tracking_icon", "style")).toInclude("/error.svg");
        expect(getAccessibleName()).toBe("Anna Meyer (Cc): Rejected");
    });
});

describe("the line", () => {
    test("is absent when the server told nothing", async () => {
        await openTrackedMessage();
        await contains(".o_mail_tracking", { count: 0 });
    });

    test("is absent when there is nobody", async () => {
        await openTrackedMessage([]);
        await contains(".o_mail_tracking", { count: 0 });
    });

    test("is absent from the messages of a channel", async () => {
        const pyEnv = await startServer();
        const channelId = pyEnv["discuss.channel"].create({ name: "general" });
        pyEnv["mail.message"].create({
            body: "not empty",
            message_type: "comment",
            model: "discuss.channel",
            partner_trackings: [makeTracking()],
            res_id: channelId,
        });
        await start();
        await openDiscuss(channelId);
        await contains(".o-mail-Message");
        await contains(".o_mail_tracking", { count: 0 });
    });

    test("stands in the inbox too", async () => {
        const { messageId, pyEnv } = await createTrackedMessage([makeTracking()], {
            needaction: true,
        });
        pyEnv["mail.notification"].create({
            mail_message_id: messageId,
            notification_status: "sent",
            notification_type: "inbox",
            res_partner_id: serverState.partnerId,
        });
        await start();
        await openDiscuss("mail.box_inbox");
        await contains(".o-mail-Message .o_mail_tracking_name:contains(Anna Meyer)");
    });

    test("stands in the starred messages too", async () => {
        await createTrackedMessage([makeTracking()], {
            starred_partner_ids: [Command.link(serverState.partnerId)],
        });
        await start();
        await openDiscuss("mail.box_starred");
        await contains(".o-mail-Message .o_mail_tracking_name:contains(Anna Meyer)");
    });

    test("stands in the search results of the chatter too", async () => {
        await openTrackedMessage([makeTracking()]);
        await click("[title='Search Messages']");
        await contains(".o_searchview_input");
        queryOne(".o_searchview_input").value = "empty";
        queryOne(".o_searchview_input").dispatchEvent(new InputEvent("input", { bubbles: true }));
        queryOne(".o_searchview_input").dispatchEvent(
            new KeyboardEvent("keydown", { bubbles: true, key: "Enter" })
        );
        await contains(".o-mail-SearchMessageResult .o_mail_tracking_name");
    });

    test("changes while one looks at it", async () => {
        const tracking = makeTracking({ status: "sent" });
        const { messageId, pyEnv } = await openTrackedMessage([tracking]);
        await contains(".o_mail_tracking_status[aria-label='Anna Meyer: Sent']");
        const [partner] = pyEnv["res.partner"].read(serverState.partnerId);
        pyEnv["bus.bus"]._sendone(partner, "mail.record/insert", {
            "mail.message": [
                {
                    id: messageId,
                    partner_trackings: [{ ...tracking, status: "opened", status_human: "Opened" }],
                },
            ],
        });
        await contains(".o_mail_tracking_status[aria-label='Anna Meyer: Opened']");
        pyEnv["bus.bus"]._sendone(partner, "mail.record/insert", {
            "mail.message": [{ id: messageId, partner_trackings: [] }],
        });
        await contains(".o_mail_tracking", { count: 0 });
    });

    test("shows hostile names and reasons as text", async () => {
        const hostile = `<img src=x onerror="throw 1"><b>'"&`;
        await openTrackedMessage([
            makeTracking({ error_description: hostile, recipient: hostile, status: "error" }),
        ]);
        expect(queryOne(".o_mail_tracking_name").textContent).toBe(hostile);
        expect(getTooltip()).toBe(`Error – ${hostile}`);
        await hover(".o_mail_tracking_status");
        await advanceTime(500);
        await contains(".o-tooltip", { text: `Error – ${hostile}` });
        await contains(".o_mail_tracking img, .o_mail_tracking b, .o-tooltip img", { count: 0 });
    });

    test("bears the same address twice", async () => {
        const twice = { email: "a@example.com", recipient: "a@example.com", tracking_id: false };
        await openTrackedMessage([makeTracking(twice), makeTracking(twice)]);
        expect(getNames()).toEqual(["a@example.com", "a@example.com"]);
    });
});

describe("many recipients", () => {
    const makeMany = (count, values) =>
        Array.from({ length: count }, (_, i) =>
            makeTracking({ recipient: `${values.status} ${i + 1}`, ...values })
        );

    test("eight are all named, in the order of the server", async () => {
        await openTrackedMessage([
            ...makeMany(7, { status: "opened" }),
            ...makeMany(1, { status: "error" }),
        ]);
        expect(getNames()).toHaveLength(8);
        expect(getNames().at(-1)).toBe("error 1");
        await contains(".o_mail_tracking_fold", { count: 0 });
    });

    test("more fold into counts, and only failures are named", async () => {
        await openTrackedMessage([
            ...makeMany(12, { status: "opened" }),
            ...makeMany(30, { status: "delivered" }),
            ...makeMany(1, { status: "error" }),
            ...makeMany(1, { status: "no_email" }),
        ]);
        expect(getNames()).toEqual(["error 1", "no_email 1"]);
        expect(".o_mail_tracking_fold").toHaveText(
            "1 failed · 1 without email address · 12 opened · 30 delivered"
        );
        expect(".o_mail_tracking_fold").toHaveAttribute("aria-expanded", "false");
    });

    test("a click unfolds them, failures first, and another one folds them", async () => {
        await openTrackedMessage([
            ...makeMany(9, { status: "opened" }),
            ...makeMany(1, { status: "error" }),
        ]);
        await click(".o_mail_tracking_fold[aria-expanded=false]");
        await contains(".o_mail_tracking_fold[aria-expanded=true]:contains(Show less)");
        expect(getNames()).toHaveLength(10);
        expect(getNames().slice(0, 3)).toEqual(["error 1", "opened 1", "opened 2"]);
        await click(".o_mail_tracking_fold");
        await contains(".o_mail_tracking_fold[aria-expanded=false]");
        expect(getNames()).toEqual(["error 1"]);
    });

    test("of many failures the first eight are named", async () => {
        await openTrackedMessage(makeMany(20, { status: "error" }));
        expect(getNames()).toHaveLength(8);
        expect(".o_mail_tracking_fold").toHaveText("20 failed");
    });

    test("nothing failed: counts alone", async () => {
        await openTrackedMessage(makeMany(9, { status: "teleported" }));
        expect(queryAll(".o_mail_tracking_name")).toHaveLength(0);
        expect(".o_mail_tracking_fold").toHaveText("9 unknown");
    });

    test("what is unfolded stays so when a status changes", async () => {
        const trackings = makeMany(9, { status: "sent" });
        const { messageId, pyEnv } = await openTrackedMessage(trackings);
        await click(".o_mail_tracking_fold");
        const [partner] = pyEnv["res.partner"].read(serverState.partnerId);
        trackings[8] = { ...trackings[8], status: "error" };
        pyEnv["bus.bus"]._sendone(partner, "mail.record/insert", {
            "mail.message": [{ id: messageId, partner_trackings: trackings }],
        });
        await contains(".o_mail_tracking_recipient[data-status=error]");
        expect(getNames()).toHaveLength(9);
        expect(getNames()[0]).toBe("sent 9");
    });
});
