import { click, contains, start } from "@mail/../tests/mail_test_helpers";
import { describe, test } from "@odoo/hoot";
import { defineMailTrackingModels } from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { asyncStep, getService, onRpc, waitForSteps } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailTrackingModels();

test("the review of a selection says how many, and can be undone", async () => {
    onRpc("mail.tracking.email", "action_undo_review", ({ args }) => {
        asyncStep(`undo ${args[0]}`);
        return true;
    });
    await start();
    getService("action").doAction({
        params: { tracking_ids: [7, 8] },
        tag: "mail_tracking.reviewed",
        type: "ir.actions.client",
    });
    await contains(".o_notification:contains(2 failures marked as reviewed.)");
    await click(".o_notification button:contains(Undo)");
    await contains(".o_notification", { count: 0 });
    await waitForSteps(["undo 7,8"]);
});

test("where nothing was left to review, there is nothing to undo", async () => {
    await start();
    getService("action").doAction({
        params: { tracking_ids: [] },
        tag: "mail_tracking.reviewed",
        type: "ir.actions.client",
    });
    await contains(".o_notification:contains(0 failures marked as reviewed.)");
    await contains(".o_notification button:contains(Undo)", { count: 0 });
});
