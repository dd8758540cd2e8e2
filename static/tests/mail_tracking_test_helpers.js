import { mailModels, startServer } from "@mail/../tests/mail_test_helpers";
import "@mail_tracking/../tests/mock_server/mail_tracking_mock_server";
import { MailMessage } from "@mail_tracking/../tests/mock_server/mock_models/mail_message";
import { MailThread } from "@mail_tracking/../tests/mock_server/mock_models/mail_thread";
import { MailTrackingDashboard } from "@mail_tracking/../tests/mock_server/mock_models/mail_tracking_dashboard";
import { MailTrackingEmail } from "@mail_tracking/../tests/mock_server/mock_models/mail_tracking_email";
import { MailTrackingSetup } from "@mail_tracking/../tests/mock_server/mock_models/mail_tracking_setup";
import { ResPartner } from "@mail_tracking/../tests/mock_server/mock_models/res_partner";
import { ResUsers } from "@mail_tracking/../tests/mock_server/mock_models/res_users";
import { defineModels, defineParams, serverState } from "@web/../tests/web_test_helpers";

export const mailTrackingModels = {
    ...mailModels,
    MailMessage,
    MailThread,
    MailTrackingDashboard,
    MailTrackingEmail,
    MailTrackingSetup,
    ResPartner,
    ResUsers,
};

export function defineMailTrackingModels() {
    defineParams({ suite: "mail" }, "replace");
    return defineModels(mailTrackingModels);
}

let lastTrackingId = 0;

/** What the server calls the statuses. */
const STATUS_LABELS = {
    cancelled: "Not sent: cancelled",
    cc: "Cc",
    delivered: "Delivered",
    error: "Error",
    no_email: "No email",
    no_partner: "No partner",
    opened: "Opened",
    sent: "Sent",
    waiting: "Waiting",
};

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
        status_human: STATUS_LABELS[values.status ?? "delivered"] ?? "Unknown",
        error_type: false,
        error_description: false,
        reason: null,
        evidence: "",
        is_answered: false,
        open_count: 0,
        click_count: 0,
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

/**
 * The recipient of a mail that bounced.
 *
 * @param {Partial<import("models").PartnerTracking>} [values]
 * @returns {import("models").PartnerTracking}
 */
export function makeFailure(values = {}) {
    return makeTracking({
        error_description: "Address does not exist: 550 5.1.1 User unknown",
        error_type: "user_unknown",
        state: "bounced",
        status: "error",
        ...values,
    });
}

/**
 * A message of the user that a recipient did not get, and nobody reviewed that.
 *
 * @param {import("models").PartnerTracking[]} [partner_trackings]
 * @param {Object} [values] further values of the message
 */
export function createFailedMessage(partner_trackings = [makeFailure()], values = {}) {
    return createTrackedMessage(partner_trackings, {
        author_id: serverState.partnerId,
        mail_tracking_needs_action: true,
        ...values,
    });
}
