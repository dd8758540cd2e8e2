import { start, startServer } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailTrackingModels } from "@mail_tracking/../tests/mail_tracking_test_helpers";
import { getService, makeServerError, onRpc } from "@web/../tests/web_test_helpers";
describe.current.tags("desktop");
defineMailTrackingModels();
test("scratch", async () => {
    onRpc("mail.message", "get_tracking_details", () => {
        throw makeServerError({ message: "no" });
    });
    await startServer();
    await start();
    await getService("orm").call("mail.message", "get_tracking_details", [[1], 1]).catch(() => {});
    await animationFrame();
    await animationFrame();
    expect(true).toBe(true);
});
