import { contains, start, startServer } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { queryOne } from "@odoo/hoot-dom";
import { defineMailTrackingModels } from "@mail_tracking/../tests/mail_tracking_test_helpers";
import {
    makeResult,
    setupChecks,
} from "@mail_tracking/../tests/mock_server/mock_models/mail_tracking_setup";
import { getService, patchWithCleanup } from "@web/../tests/web_test_helpers";

describe.current.tags("mobile");
defineMailTrackingModels();

test("on a phone nothing reaches beyond the page, however long a word is", async () => {
    const long = "x".repeat(200);
    patchWithCleanup(setupChecks.pixel, {
        results: [makeResult({ detail: long, sentence: long, subject: long, hint: long, ask: 1 })],
    });
    await startServer();
    await start();
    await getService("action").doAction({ tag: "mail_tracking.setup", type: "ir.actions.client" });
    await contains(".o_mail_tracking_setup_again:enabled");
    await contains(".o_mail_tracking_setup_detail");
    const page = queryOne(".o_mail_tracking_setup");
    expect(page.scrollWidth).toBe(page.clientWidth);
});
