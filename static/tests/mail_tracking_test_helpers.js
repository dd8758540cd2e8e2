import { mailModels, startServer } from "@mail/../tests/mail_test_helpers";
import { MailMessage } from "@mail_tracking/../tests/mock_server/mock_models/mail_message";
import { defineModels, defineParams } from "@web/../tests/web_test_helpers";

export const mailTrackingModels = { ...mailModels, MailMessage };

export function defineMailTrackingModels() {
    defineParams({ suite: "mail" }, "replace");
    return defineModels(mailTrackingModels);
}

let lastTrackingId = 0;

/**
 * One entry of `partner_trackings`, as the server would send it.
 *
 * @param {Partial<import("models").PartnerTracking>} [values]
 * @returns {import("models").PartnerTracking}
 */
export function makeTracking(values = {}) {
    return {
        tracking_id: ++lastTrackingId,
        status: "delivered",
        status_human: "",
        error_type: false,
        error_description: false,
        evidence: "",
        recipient: "Anna Meyer",
        email: "anna@example.com",
        partner_id: false,
        isCc: false,
        state: "",
        time: false,
        shared: 1,
        ...values,
    };
}

/**
 * A message in the chatter of a contact, sent to the given recipients.
 *
 * @param {import("models").PartnerTracking[]} [partner_trackings] none: as if never set
 * @param {Object} [values] further values of the message
 * @returns {Promise<{ messageId: number, partnerId: number, pyEnv: any }>}
 */
export async function createTrackedMessage(partner_trackings, values = {}) {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({ name: "Customer" });
    const messageId = pyEnv["mail.message"].create({
        body: "not empty",
        message_type: "comment",
        model: "res.partner",
        res_id: partnerId,
        ...(partner_trackings && { partner_trackings }),
        ...values,
    });
    return { messageId, partnerId, pyEnv };
}
