import { click, contains, start, startServer } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { hover, press, queryAllTexts, queryAttribute, queryOne } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import {
    defineMailTrackingModels,
    makeFailure,
    makeTracking,
} from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { formatAge } from "@mail_tracking/core/tracking_text";
import {
    asyncStep,
    defineModels,
    fields,
    getService,
    models,
    mountView,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

const COLUMN = "mail_tracking_last_email_column";
const VALUE = "mail_tracking_last_email";
const LIST = `<list>
    <field name="name"/>
    <field name="${COLUMN}" widget="${COLUMN}" string="Last email" optional="hide"/>
</list>`;
const SHOWN = LIST.replace("hide", "show");
const CARD = `<kanban><templates><t t-name="card">
    <field name="name"/>
    <field name="${VALUE}" widget="${VALUE}"/>
</t></templates></kanban>`;

class Lead extends models.Model {
    _name = "lead";
    name = fields.Char();
    [COLUMN] = fields.Json({ string: "Last email (column)" });
    [VALUE] = fields.Json({ string: "Last email" });
    email = fields.Json();
    _records = [
        { id: 1, name: "Roof" },
        { id: 2, name: "Wall" },
        { id: 3, name: "Door" },
    ];
}

describe.current.tags("desktop");
defineMailTrackingModels();
defineModels([Lead]);

const ANNA = { recipient: "Anna Meyer", status: "opened", status_human: "Opened", tracking_id: 11 };
const BOB = { recipient: "Bob", tracking_id: 12 };

/** What the server says of a record. */
function makeLastEmail(recipients = [makeTracking(ANNA)], values = {}) {
    return {
        label: recipients[0].status_human,
        message_id: false,
        more: 0,
        recipients,
        since: "2026-03-02 10:00:00",
        time: "2026-03-01 10:00:00",
        ...values,
    };
}

/** Open a view of the leads, the first of which had an email. */
async function openLeads(arch, value = makeLastEmail(), type = "list", name = VALUE) {
    mockDate("2026-03-04 12:00:00", 0);
    const pyEnv = await startServer();
    const written = value instanceof Function ? value(pyEnv) : value;
    pyEnv["lead"].write([1], { [name]: written });
    onRpc("lead", "web_search_read", ({ kwargs }) => {
        asyncStep(`rows with ${Object.keys(kwargs.specification).join()}`);
    });
    onRpc("lead", "search_read", ({ args, kwargs }) => {
        const { domain, fields: names } = { domain: args[0], fields: args[1], ...kwargs };
        asyncStep(`${names} of ${domain[0][2].toSorted()}`);
    });
    onRpc("mail.message", "get_failed_email_details", ({ args }) => {
        asyncStep(`details of ${args[0]}`);
        return { action_url: false, events: [] };
    });
    await start();
    return mountView({ arch, resModel: "lead", selectRecord: () => asyncStep("row"), type });
}

test("a hidden column is not read", async () => {
    await openLeads(LIST);
    await contains(".o_data_row", { count: 3 });
    await waitForSteps([`rows with name,${COLUMN}`]);
    expect(".o_mail_tracking_last_email").toHaveCount(0);
});

test("a column that is shown is read for all rows at once, after the rows", async () => {
    await openLeads(LIST);
    await waitForSteps([`rows with name,${COLUMN}`]);
    await click(".o_optional_columns_dropdown button");
    await click(`.o-dropdown-item input[name='${COLUMN}']`);
    await contains(".o_mail_tracking_last_email", { count: 1 });
    await waitForSteps([`${VALUE} of 1,2,3`]);
    expect(`.o_data_row:first .o_mail_tracking_last_email`).toHaveText("Opened\n2 days");
    expect(`th[data-name='${COLUMN}']`).toHaveText("Last email");
});

test("the groups of a list are read together", async () => {
    await openLeads(SHOWN.replace("<list>", "<list expand='1' default_group_by='name'>"));
    await contains(".o_mail_tracking_last_email");
    await waitForSteps([`${VALUE} of 1,2,3`]);
});

test("an answer that cannot be had is told once", async () => {
    onRpc("lead", "search_read", () => {
        throw new Error("no");
    });
    expect.errors(1);
    await openLeads(SHOWN);
    await contains(".o_error_dialog", { count: 1 });
    await waitForSteps([`rows with name,${COLUMN}`, `${VALUE} of 1,2,3`]);
    expect.verifyErrors(["no"]);
});

test("it says it all in its name and in the tooltip, the worst recipient first", async () => {
    const failed = makeFailure({ ...BOB, status_human: "Error", time: "2026-03-02 10:00:00" });
    const value = makeLastEmail([failed, makeTracking(ANNA)], {
        label: "Failed: address",
        more: 3,
    });
    await openLeads(SHOWN, value);
    await contains(".o_mail_tracking_last_email[data-status=error]", { text: "Failed: address" });
    await waitForSteps([`rows with name,${COLUMN}`, `${VALUE} of 1,2,3`]);
    const lines = [
        "Bob: Bounced, Mar 2, 2026, 10:00 AM – Address does not exist: 550 5.1.1 User unknown",
        "Anna Meyer: Opened",
        "3 more",
    ];
    expect(
        queryAttribute(".o_mail_tracking_last_email", "aria-label").replaceAll("\u202f", " ")
    ).toBe(`Last email: Failed: address, 2 days. ${lines.join("; ")}`);
    hover(".o_mail_tracking_last_email");
    await contains(".o-tooltip div", { count: 3 });
    expect(queryAllTexts(".o-tooltip div").map((text) => text.replaceAll("\u202f", " "))).toEqual(
        lines
    );
});

test("a click opens what happened, and not the row", async () => {
    await openLeads(SHOWN);
    await click(".o_mail_tracking_last_email");
    await contains(".o_mail_tracking_popover_recipient", { text: "Anna Meyer" });
    expect(".o_mail_tracking_last_email_recipients").toHaveCount(0);
    expect(".o_mail_tracking_last_email").toHaveAttribute("aria-expanded", "true");
    await waitForSteps([`rows with name,${COLUMN}`, `${VALUE} of 1,2,3`, "details of 11"]);
    await click(".o_mail_tracking_last_email");
    await contains(".o_mail_tracking_popover", { count: 0 });
    await click(".o_data_cell[name=name]:first");
    await waitForSteps(["row"]);
});

test("the keyboard opens it as well", async () => {
    await openLeads(SHOWN);
    await contains(".o_mail_tracking_last_email");
    queryOne(".o_mail_tracking_last_email").focus();
    await press("Enter");
    await contains(".o_mail_tracking_popover");
    await waitForSteps([`rows with name,${COLUMN}`, `${VALUE} of 1,2,3`, "details of 11"]);
    await press("Escape");
    await contains(".o_mail_tracking_popover", { count: 0 });
    await animationFrame();
    expect(".o_mail_tracking_last_email").toBeFocused();
});

test("of several recipients one chooses", async () => {
    await openLeads(SHOWN, makeLastEmail([makeFailure(BOB), makeTracking(ANNA)], { more: 2 }));
    await click(".o_mail_tracking_last_email");
    await contains(".o_mail_tracking_popover_recipient", { text: "Bob" });
    await contains(".o_mail_tracking_last_email_recipients button", { count: 2 });
    await contains(".o_mail_tracking_last_email_recipients", { text: "2 more" });
    await click(".o_mail_tracking_last_email_recipients button:contains(Anna)");
    await contains(".o_mail_tracking_popover_recipient", { text: "Anna Meyer" });
    await contains(".o_mail_tracking_last_email_recipients [aria-pressed=true]", {
        text: "Anna Meyer",
    });
    await waitForSteps([
        `rows with name,${COLUMN}`,
        `${VALUE} of 1,2,3`,
        "details of 12",
        "details of 11",
    ]);
});

for (const [view, arch, type, name] of [
    ["a list", SHOWN, "list", VALUE],
    ["cards", CARD, "kanban", VALUE],
    ["a field of another name", CARD.replace(`name="${VALUE}"`, `name="email"`), "kanban", "email"],
]) {
    test(`what comes of a resend from here is seen here: ${view}`, async () => {
        onRpc("mail.message", "get_tracking_details", () => ({ action_url: false, events: [] }));
        const sent = makeTracking({ ...BOB, status: "sent", status_human: "Sent" });
        let messageId, pyEnv;
        const value = (env) => {
            pyEnv = env;
            messageId = pyEnv["mail.message"].create({
                body: "x",
                message_type: "comment",
                model: "res.partner",
                partner_trackings: [makeFailure(BOB)],
                res_id: pyEnv["res.partner"].create({ name: "Customer" }),
            });
            return makeLastEmail([makeFailure(BOB)], { label: "Failed", message_id: messageId });
        };
        await openLeads(arch, value, type, name);
        await click(".o_mail_tracking_last_email:contains(Failed)");
        await contains(".o_mail_tracking_popover_recipient", { text: "Bob" });
        pyEnv["mail.message"].write([messageId], { partner_trackings: [sent] });
        pyEnv["lead"].write([1], { [name]: makeLastEmail([sent], { message_id: messageId }) });
        getService("mail_tracking.live").refetch([messageId]);
        await contains(".o_mail_tracking_last_email[data-status=sent]", { text: "Sent" });
        await contains(".o_mail_tracking_popover_label", { text: "Sent" });
        await waitForSteps([
            `rows with name,${type === "list" ? COLUMN : name}`,
            ...(type === "list" ? [`${name} of 1,2,3`] : []),
            `${name} of 1`,
            `${name} of 1`,
        ]);
    });
}

test("what can be done about a message can be done here", async () => {
    const tracking = makeFailure(BOB);
    onRpc("mail.message", "get_tracking_details", ({ args }) => {
        asyncStep(`details of message ${args[0]}`);
        return { action_url: false, events: [] };
    });
    let messageId;
    await openLeads(SHOWN, (pyEnv) => {
        messageId = pyEnv["mail.message"].create({
            body: "x",
            message_type: "comment",
            model: "res.partner",
            partner_trackings: [tracking],
            res_id: pyEnv["res.partner"].create({ name: "Customer" }),
        });
        return makeLastEmail([tracking], { message_id: messageId });
    });
    await click(".o_mail_tracking_last_email");
    await contains(".o_mail_tracking_popover_recipient", { text: "Bob" });
    await waitForSteps([
        `rows with name,${COLUMN}`,
        `${VALUE} of 1,2,3`,
        `${VALUE} of 1`, // as it is by now
        `details of message ${messageId}`,
    ]);
});

test("cards and lists that name the field read it with the record", async () => {
    await openLeads(CARD, makeLastEmail(), "kanban");
    await contains(".o_kanban_record .o_mail_tracking_last_email", { count: 1 });
    await waitForSteps([`rows with name,${VALUE}`]);
    await click(".o_mail_tracking_last_email");
    await contains(".o_mail_tracking_popover");
    await waitForSteps(["details of 11"]);
});

test("what has no label is told in the words of the recipient", async () => {
    const clicked = { ...ANNA, click_count: 1 };
    await openLeads(SHOWN, makeLastEmail([makeTracking(clicked)], { label: undefined }));
    await contains(".o_mail_tracking_last_email", { text: "Link clicked" });
    await waitForSteps([`rows with name,${COLUMN}`, `${VALUE} of 1,2,3`]);
});

test("what anybody answered has the icon of an answer", async () => {
    const sent = makeTracking({ ...BOB, status: "sent", status_human: "Sent" });
    await openLeads(SHOWN, makeLastEmail([sent], { label: "Answered", outcome: "answered" }));
    await contains(".o_mail_tracking_last_email", { text: "Answered" });
    const icon = queryOne(".o_mail_tracking_last_email .o_mail_tracking_icon");
    expect(icon.outerHTML).toInclude("/answered.svg");
    await waitForSteps([`rows with name,${COLUMN}`, `${VALUE} of 1,2,3`]);
});

test("an age is told in one unit", async () => {
    mockDate("2026-03-04 12:00:00", 0);
    for (const [since, age] of [
        ["2026-03-04 11:59:59", "1 min"],
        ["2026-03-04 11:15:00", "45 min"],
        ["2026-03-04 10:00:00", "2 hr"],
        ["2026-01-03 12:00:00", "2 mths"],
        ["2024-01-01 12:00:00", "2 yrs"],
    ]) {
        expect(formatAge(since)).toBe(age);
    }
});
