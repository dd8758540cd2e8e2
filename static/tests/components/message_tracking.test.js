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
    animationFrame,
    hover,
    press,
    queryAll,
    queryAllTexts,
    queryAttribute,
    queryOne,
    queryRect,
} from "@odoo/hoot-dom";
import {
    createTrackedMessage,
    defineMailTrackingModels,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { TRACKING_STATUSES } from "@mail_tracking/core/tracking_status";
import { Command, patchWithCleanup, serverState } from "@web/../tests/web_test_helpers";
import { serializeDateTime } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";
import { getTabableElements } from "@web/core/utils/ui";

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

/** Contrast of a text to the darkest background that it has in the chatter, see WCAG 2.2, 1.4.3. */
function getContrast(color) {
    const [lighter, darker] = ["rgb(232, 246, 247)", color].map((text) => {
        const [r, g, b, alpha = 1] = text.match(/[\d.]+/g).map(Number);
        expect(alpha).toBe(1);
        const [red, green, blue] = [r, g, b].map((value) =>
            value / 255 > 0.04045 ? ((value / 255 + 0.055) / 1.055) ** 2.4 : value / 255 / 12.92
        );
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    });
    return lighter / darker;
}

const TIME = "2019-03-11 08:30:00";
const TIME_SHOWN = "Mar 11, 2019, 9:30 AM";

describe("statuses", () => {
    const expectations = {
        unknown: { icon: "unknown", words: "Unknown" },
        waiting: { icon: "waiting", words: "Waiting" },
        delayed: { icon: "delayed", state: "deferred", status: "sent", words: "Delayed" },
        cancelled: { icon: "cancelled", words: "Not sent: cancelled" },
        error: { icon: "error", words: "Error" },
        sent: { icon: "sent", words: "Sent" },
        delivered: { icon: "delivered", words: "Delivered" },
        opened: { icon: "opened", words: "Opened" },
        cc: { icon: "cc", words: "Cc", isCc: true },
        no_email: { icon: "no_email", words: "No email" },
        no_partner: { icon: "anon_user", words: "No partner" },
    };

    for (const [name, { icon, isCc = false, words, ...others }] of Object.entries(expectations)) {
        test(`"${name}" shows its icon beside the name, and tells it in words`, async () => {
            const values = { isCc, status: name, time: TIME, ...others };
            await openTrackedMessage([makeTracking(values)]);
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

    test("names and icons can be read on the backgrounds of the chatter", async () => {
        await openTrackedMessage([makeTracking()]);
        const line = queryOne(".o_mail_tracking");
        for (const { colorClass } of Object.values(TRACKING_STATUSES)) {
            const icon = queryOne(".o_mail_tracking_status");
            icon.className = `o_mail_tracking_status ${colorClass}`;
            expect(getContrast(getComputedStyle(icon).color)).toBeGreaterThan(4.5);
        }
        expect(getContrast(getComputedStyle(line).color)).toBeGreaterThan(4.5);
    });

    test("only an open is coloured among the statuses that are no trouble", () => {
        const colored = Object.entries(TRACKING_STATUSES).filter(
            ([, { colorClass }]) => colorClass !== "text-muted"
        );
        expect(
            Object.fromEntries(colored.map(([key, { colorClass }]) => [key, colorClass]))
        ).toEqual({
            delayed: "text-warning",
            error: "text-danger",
            no_email: "text-danger",
            opened: "text-success",
        });
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

    test("a click, an unsubscription and an answer are no eye", async () => {
        await openTrackedMessage([
            makeTracking({ click_count: 1, status: "opened" }),
            makeTracking({ click_count: 1, open_count: 1, status: "opened" }),
            makeTracking({ open_count: 2, state: "unsub", status: "opened", time: TIME }),
            makeTracking({
                is_answered: true,
                open_count: 2,
                status: "opened",
                status_human: "Answered",
                time: TIME,
            }),
        ]);
        expect(
            queryAll(".o_mail_tracking_icon").map(
                ({ style }) => style.cssText.match(/(\w+).svg/)[1]
            )
        ).toEqual(["clicked", "opened", "unsubscribed", "answered"]);
        expect(queryAll(".o_mail_tracking_status").map(({ dataset }) => dataset.tooltip)).toEqual([
            "Link clicked",
            "Opened",
            `Unsubscribed, ${TIME_SHOWN}`,
            `Answered, ${TIME_SHOWN}`,
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
            makeTracking({ recipient: `${values.status} ${i + 1}`, tracking_id: false, ...values })
        );
    const getCounts = () => queryAllTexts(".o_mail_tracking_count");
    const getLines = () => {
        const { height } = queryRect(".o_mail_tracking");
        return Math.round(
            height / parseFloat(getComputedStyle(queryOne(".o_mail_tracking")).lineHeight)
        );
    };
    const setWidth = async (width) => {
        queryOne(".o_mail_tracking").style.width = `${width}px`;
        await animationFrame();
        await animationFrame();
    };

    test("eight are all named, in the order of the server", async () => {
        await openTrackedMessage([
            ...makeMany(7, { status: "opened" }),
            ...makeMany(1, { status: "error" }),
        ]);
        expect(getNames()).toHaveLength(8);
        expect(getNames().at(-1)).toBe("error 1");
        await contains(".o_mail_tracking_count", { count: 0 });
    });

    test("six in a usual chatter take two lines, no higher than text", async () => {
        const names = [
            "Nils Holm",
            "Petra Kuhn",
            "Raj Patel",
            "Sara Cohen",
            "Vera Wang",
            "Zoe Chan",
        ];
        await openTrackedMessage(names.map((recipient) => makeTracking({ recipient })));
        await setWidth(466);
        expect(queryRect(".o_mail_tracking").height).toBeLessThan(34);
        expect(getLines()).toBe(2);
    });

    test("of more, failures are named first, then as many opens as two lines hold", async () => {
        await openTrackedMessage([
            ...makeMany(12, { status: "opened" }),
            ...makeMany(30, { status: "delivered" }),
            ...makeMany(2, { status: "sent", state: "deferred" }),
            ...makeMany(1, { status: "error" }),
            ...makeMany(1, { status: "no_email" }),
        ]);
        await setWidth(466);
        await contains(".o_mail_tracking:not(.o_mail_tracking_measuring)");
        expect(getLines()).toBe(2);
        const opens = getNames().slice(2);
        expect(getNames().slice(0, 2)).toEqual(["error 1", "no_email 1"]);
        expect(opens.length).toBeGreaterThan(0);
        expect(opens).toEqual(opens.map((_, i) => `opened ${i + 1}`));
        expect(getCounts()).toEqual(["2 delayed", `+${12 - opens.length} opened`, "30 delivered"]);
        await setWidth(700);
        await contains(".o_mail_tracking:not(.o_mail_tracking_measuring)");
        expect(getLines()).toBe(2);
        expect(getNames().length).toBeGreaterThan(2 + opens.length);
        await setWidth(2000);
        await contains(".o_mail_tracking:not(.o_mail_tracking_measuring)");
        expect(getNames()).toHaveLength(14);
        expect(getCounts()).toEqual(["2 delayed", "30 delivered"]);
    });

    test("each count unfolds by itself", async () => {
        await openTrackedMessage([
            ...makeMany(6, { status: "delivered" }),
            ...makeMany(4, { status: "sent" }),
        ]);
        expect(getNames()).toEqual([]);
        expect(getCounts()).toEqual(["6 delivered", "4 sent"]);
        await click(".o_mail_tracking_count[aria-expanded=false]:contains(4 sent)");
        await contains(".o_mail_tracking_count[aria-expanded=true]:contains(4 sent)");
        expect(getNames()).toEqual(["sent 1", "sent 2", "sent 3", "sent 4"]);
        await click(".o_mail_tracking_count:contains(6 delivered)");
        await contains(".o_mail_tracking_name", { count: 10 });
        await click(".o_mail_tracking_count:contains(4 sent)");
        await contains(".o_mail_tracking_name", { count: 6 });
        expect(getCounts()).toEqual(["6 delivered", "4 sent"]);
    });

    test("of many failures the first eight are named", async () => {
        await openTrackedMessage(makeMany(20, { status: "error" }));
        expect(getNames()).toHaveLength(8);
        expect(getCounts()).toEqual(["+12 failed"]);
        await click(".o_mail_tracking_count");
        await contains(".o_mail_tracking_name", { count: 20 });
    });

    test("nothing failed: counts alone", async () => {
        await openTrackedMessage(makeMany(9, { status: "teleported" }));
        expect(queryAll(".o_mail_tracking_name")).toHaveLength(0);
        expect(getCounts()).toEqual(["9 unknown"]);
    });

    test("what is unfolded stays so when a status changes", async () => {
        const trackings = makeMany(9, { status: "sent" });
        const { messageId, pyEnv } = await openTrackedMessage(trackings);
        await click(".o_mail_tracking_count");
        await contains(".o_mail_tracking_name", { count: 9 });
        const [partner] = pyEnv["res.partner"].read(serverState.partnerId);
        trackings[8] = { ...trackings[8], status: "error" };
        pyEnv["bus.bus"]._sendone(partner, "mail.record/insert", {
            "mail.message": [{ id: messageId, partner_trackings: trackings }],
        });
        await contains(".o_mail_tracking_recipient[data-status=error]");
        expect(getNames()).toHaveLength(9);
        expect(getNames()[0]).toBe("sent 9");
        expect(getCounts()).toEqual(["8 sent"]);
    });
});

describe("the keyboard", () => {
    const NAMES = ["Anna", "Bob", "Carla"];
    const makeThree = () =>
        NAMES.map((recipient) => makeTracking({ recipient, tracking_id: false }));
    const buttonOf = (name) => `.o_mail_tracking_status[aria-label^=${name}]`;

    test("the icons of a message are one stop, and arrows lead to the others", async () => {
        await openTrackedMessage(makeThree());
        const getTabindexes = () =>
            queryAll(".o_mail_tracking_status").map((button) => button.getAttribute("tabindex"));
        expect(".o_mail_tracking_recipients").toHaveAttribute("role", "toolbar");
        expect(getTabindexes()).toEqual(["0", "-1", "-1"]);
        queryOne(buttonOf("Anna")).focus();
        for (const [key, name] of [
            ["ArrowRight", "Bob"],
            ["ArrowRight", "Carla"],
            ["ArrowRight", "Carla"],
            ["ArrowLeft", "Bob"],
            ["Home", "Anna"],
            ["ArrowLeft", "Anna"],
            ["End", "Carla"],
        ]) {
            await press(key);
            expect(buttonOf(name)).toBeFocused();
        }
        await animationFrame();
        expect(getTabindexes()).toEqual(["-1", "-1", "0"]);
        expect(getTabableElements(queryOne(".o_mail_tracking"))).toEqual([
            queryOne(buttonOf("Carla")),
        ]);
    });

    test("arrows follow the direction of reading", async () => {
        await openTrackedMessage(makeThree());
        patchWithCleanup(localization, { direction: "rtl" });
        queryOne(buttonOf("Anna")).focus();
        await press("ArrowLeft");
        expect(buttonOf("Bob")).toBeFocused();
    });

    test("counts are reached like icons", async () => {
        await openTrackedMessage(
            Array.from({ length: 9 }, (_, i) =>
                makeTracking({ recipient: `R${i}`, status: i ? "sent" : "error" })
            )
        );
        queryOne(".o_mail_tracking_status").focus();
        await press("ArrowRight");
        expect(".o_mail_tracking_count").toBeFocused();
        await press("Enter");
        await contains(".o_mail_tracking_name", { count: 9 });
        expect(".o_mail_tracking_count").toBeFocused();
    });

    test("Enter opens the popover, Escape leads back to the icon", async () => {
        await openTrackedMessage(makeThree());
        queryOne(buttonOf("Anna")).focus();
        await press("ArrowRight");
        await press("Enter");
        await contains(".o_mail_tracking_popover_recipient:contains(Bob)");
        await contains(`${buttonOf("Bob")}[aria-expanded=true]`);
        await press("Escape");
        await contains(".o_mail_tracking_popover", { count: 0 });
        expect(buttonOf("Bob")).toBeFocused();
    });

    test("the focus stays where it is when the mail is sent again", async () => {
        const trackings = makeThree().map((tracking, i) => ({ ...tracking, tracking_id: i + 1 }));
        const { messageId, pyEnv } = await openTrackedMessage(trackings);
        queryOne(buttonOf("Bob")).focus();
        const [partner] = pyEnv["res.partner"].read(serverState.partnerId);
        trackings[1] = { ...trackings[1], tracking_id: 9, status: "sent", status_human: "Sent" };
        pyEnv["bus.bus"]._sendone(partner, "mail.record/insert", {
            "mail.message": [{ id: messageId, partner_trackings: trackings }],
        });
        await contains(".o_mail_tracking_status[aria-label='Bob: Sent']");
        expect(buttonOf("Bob")).toBeFocused();
    });
});

describe("opens that are counted", () => {
    test("stand below the recipients, and say that they are tied to nobody", async () => {
        await openTrackedMessage([makeTracking()], { mail_tracking_opens: 1204 });
        await contains("p.o_mail_tracking + p.o_mail_tracking_opens", {
            text: "Opens: 1,204 (counted, not tied to persons)",
        });
        await contains(".o_mail_tracking_recipient", { count: 1 });
    });

    test("are not spoken of where there are none", async () => {
        await openTrackedMessage([makeTracking()]);
        await contains(".o_mail_tracking_recipient");
        await contains(".o_mail_tracking_opens", { count: 0 });
    });
});
