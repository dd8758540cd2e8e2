import { click, contains, start, startServer } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { Deferred } from "@odoo/hoot-mock";
import { getSetupText } from "@mail_tracking/components/tracking_setup/setup_text";
import { defineMailTrackingModels } from "@mail_tracking/../tests/mail_tracking_test_helpers";
import {
    makeResult,
    setupChecks,
} from "@mail_tracking/../tests/mock_server/mock_models/mail_tracking_setup";
import { getService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";

defineMailTrackingModels();
describe.current.tags("desktop");

const STATUS = ".o_mail_tracking_setup_status";
const RESULT = ".o_mail_tracking_setup_result";

const getCheck = (name) => `.o_mail_tracking_setup_check[data-check=${name}]`;

beforeEach(() => {
    patchWithCleanup(setupChecks.pixel, {
        results: [
            makeResult({
                action: {
                    type: "ir.actions.act_window",
                    res_model: "res.partner",
                    views: [[false, "form"]],
                },
                detail: "refused by zx-secret",
                hint: "Enter another one.",
                link: "Settings",
                sentence: "Nobody can reach it.",
                subject: "https://zx-secret.example",
                verdict: "problem",
            }),
        ],
    });
    patchWithCleanup(setupChecks.mail_servers, {
        results: [7, 8].map((ask) =>
            makeResult({
                ask,
                sentence: "Not known yet.",
                subject: `zx-secret ${ask}`,
                title: "Outgoing mail server",
                verdict: "unknown",
            })
        ),
    });
    patchWithCleanup(setupChecks.live, {
        arrives: false,
        results: [
            makeResult({
                live: makeResult({ sentence: "It arrived.", title: "Live update" }),
                sentence: "Nothing arrived.",
                title: "Live update",
                verdict: "warning",
            }),
        ],
    });
});

async function openSetup() {
    await startServer();
    await start();
    await getService("action").doAction({ tag: "mail_tracking.setup", type: "ir.actions.client" });
}

test("each result says in words and by an icon how it is, and what to do", async () => {
    await openSetup();
    await contains(`${STATUS}:contains("Needs attention: 1 · Could be better: 1 · Not known: 2")`);
    expect(queryAllTexts(".o_mail_tracking_setup_check h2")).toEqual([
        "Open tracking",
        "Outgoing mail servers",
        "Live updates",
    ]);
    const result = `${getCheck("pixel")} ${RESULT}[data-verdict=problem]`;
    await contains(`${result} .badge:contains(Needs attention)`);
    await contains(`${result} .fa-times-circle[aria-hidden=true]`);
    await contains(`${result} .o_mail_tracking_setup_sentence:contains(Nobody can reach it.)`);
    await contains(`${result} .o_mail_tracking_setup_hint:contains(Enter another one.)`);
    await contains(`${result} .o_mail_tracking_setup_detail:contains(refused by zx-secret)`);
    await contains(`${getCheck("live")} ${RESULT}[data-verdict=warning] .fa-exclamation-triangle`);
});

test("what is known shows while the rest is still being checked", async () => {
    const answer = new Deferred();
    onRpc("mail.tracking.setup", "run_check", async ({ args: [name] }) => {
        if (name === "mail_servers") {
            await answer;
        }
    });
    await openSetup();
    await contains(`${getCheck("pixel")} ${RESULT}`);
    await contains(`${STATUS}[role=status][aria-live=polite]:contains("Checking 2 of 3…")`);
    await contains(`${getCheck("pixel")}[aria-busy=false]`);
    await contains(`${getCheck("mail_servers")}[aria-busy=true]:contains(Not checked yet)`);
    await contains(".o_mail_tracking_setup_again:disabled");
    answer.resolve();
    await contains(`${getCheck("live")} ${RESULT}`);
    await contains(".o_mail_tracking_setup_again:enabled");
});

test("a check without an answer costs no other", async () => {
    onRpc("mail.tracking.setup", "run_check", ({ args: [name] }) => {
        if (name === "pixel") {
            throw new Error("broken");
        }
    });
    await openSetup();
    await contains(`${getCheck("pixel")} ${RESULT}:contains(The server did not answer.)`);
    await contains(`${getCheck("live")} ${RESULT}`);
});

test("checking again asks again", async () => {
    await openSetup();
    await contains(`${getCheck("live")} ${RESULT}`);
    setupChecks.pixel.results = [makeResult({ sentence: "It is fixed." })];
    await click(".o_mail_tracking_setup_again");
    await contains(`${getCheck("pixel")} ${RESULT}[data-verdict=ok]:contains(It is fixed.)`);
});

test("others are asked again on a click alone", async () => {
    onRpc("mail.tracking.setup", "refresh_check", ({ args: [name] }) => {
        expect.step(name);
    });
    await openSetup();
    await contains(`${getCheck("live")} ${RESULT}`);
    expect.verifySteps([]);
    await click(".o_mail_tracking_setup_again");
    await contains(".o_mail_tracking_setup_again:enabled");
    await expect.waitForSteps(["pixel", "mail_servers", "live"]);
});

test("what is to be entered in DNS can be copied", async () => {
    patchWithCleanup(navigator.clipboard, { writeText: (text) => expect.step(text) });
    setupChecks.pixel.results = [
        makeResult({
            enter: [
                ["_dmarc.zx-secret.example", "TXT", "v=DMARC1; p=none"],
                ["s1._domainkey.zx-secret.example", "TXT", ""],
            ],
        }),
    ];
    await openSetup();
    const record = `${getCheck("pixel")} .o_mail_tracking_setup_enter`;
    await contains(record, { count: 2 });
    await contains(`${record}:eq(0) dt:contains(TXT)`);
    await contains(`${record}:eq(1) .o_mail_tracking_setup_copy_value`, { count: 0 });
    await click(`${record}:eq(0) .o_mail_tracking_setup_copy_value[aria-label="Copy the value"]`);
    await contains(".o_notification:contains(Copied)");
    await click(`${record}:eq(1) .o_mail_tracking_setup_copy_name`);
    await expect.waitForSteps(["v=DMARC1; p=none", "s1._domainkey.zx-secret.example"]);
});

test("a live update shows as soon as it arrives", async () => {
    setupChecks.live.arrives = true;
    await openSetup();
    await contains(`${getCheck("live")} ${RESULT}[data-verdict=ok]:contains(It arrived.)`);
    await contains(`${STATUS}:contains("OK: 1")`);
});

test("one mail server is asked, the other one left alone", async () => {
    await openSetup();
    await contains(`${getCheck("live")} ${RESULT}`);
    await click(`${getCheck("mail_servers")} ${RESULT}:eq(1) .o_mail_tracking_setup_ask`);
    await contains(`${getCheck("mail_servers")} ${RESULT}:eq(1):contains(8 was asked.)`);
    await contains(`${getCheck("mail_servers")} ${RESULT}:eq(0):contains(Not known yet.)`);
});

test("what needs attention can be opened", async () => {
    await openSetup();
    await contains(`${getCheck("live")} ${RESULT}`);
    await click(`${getCheck("pixel")} .o_mail_tracking_setup_open:contains(Settings)`);
    await contains(".o_form_view");
});

test("the copied text has all findings, and names nobody", async () => {
    patchWithCleanup(navigator.clipboard, { writeText: (text) => expect.step(text) });
    await openSetup();
    await contains(`${getCheck("live")} ${RESULT}`);
    await click(".o_mail_tracking_setup_copy");
    await contains(".o_notification:contains(Copied)");
    const text = [
        "Set-up of email tracking",
        "Needs attention: 1 · Could be better: 1 · Not known: 2",
        "",
        "Open tracking",
        "- [Needs attention] Address",
        "  Nobody can reach it.",
        "",
        "Outgoing mail servers",
        "- [Not known] Outgoing mail server 1",
        "  Not known yet.",
        "- [Not known] Outgoing mail server 2",
        "  Not known yet.",
        "",
        "Live updates",
        "- [Could be better] Live update",
        "  Nothing arrived.",
        "",
    ].join("\n");
    expect.verifySteps([text]);
    expect(text).not.toInclude("zx-secret");
});

test("a measure is no finding: it has no badge and is not counted", async () => {
    setupChecks.pixel.results = [makeResult({ title: "Size", verdict: "info" })];
    await openSetup();
    await contains(`${STATUS}:contains("Could be better: 1 · Not known: 2")`);
    await contains(`${getCheck("pixel")} ${RESULT}[data-verdict=info]`);
    await contains(`${getCheck("pixel")} .badge`, { count: 0 });
    const checks = [{ name: "x", title: "Database", results: setupChecks.pixel.results }];
    expect(getSetupText("Title", checks)).toInclude("- Size\n");
});

test("where there is no clipboard, the text can be copied by hand", async () => {
    patchWithCleanup(navigator.clipboard, {
        writeText: () => Promise.reject(new Error("not allowed")),
    });
    await openSetup();
    await contains(`${getCheck("live")} ${RESULT}`);
    await click(".o_mail_tracking_setup_copy");
    await contains("textarea.o_mail_tracking_setup_text[readonly]");
    const area = queryOne("textarea.o_mail_tracking_setup_text");
    expect(area.value).toInclude("- [Needs attention] Address");
    expect(area.selectionEnd - area.selectionStart).toBe(area.value.length);
});

test("a check that is not done yet is named in the text", () => {
    const checks = [{ name: "x", results: null, title: "Something" }];
    expect(getSetupText("Title", checks)).toBe("Title\n\n\nSomething\n");
});
