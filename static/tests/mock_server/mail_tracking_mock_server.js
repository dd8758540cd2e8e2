import { parseRequestParams, registerRoute } from "@mail/../tests/mock_server/mail_mock_server";

registerRoute("/mail/failed/messages", failed_messages);
/** @type {import("@web/../tests/web_test_helpers").RouteCallback} */
async function failed_messages(request) {
    const { fetch_params = {} } = await parseRequestParams(request);
    return this.env["mail.message"]._fetch_failed(fetch_params);
}

registerRoute("/mail_tracking/messages", tracking_messages);
/** @type {import("@web/../tests/web_test_helpers").RouteCallback} */
async function tracking_messages(request) {
    const MailMessage = this.env["mail.message"];
    const { message_ids } = await parseRequestParams(request);
    const messages = MailMessage._filter([["id", "in", message_ids]]);
    const store = MailMessage._get_store(messages.map(({ id }) => id));
    store.add(MailMessage._get_failed_values());
    return store.get_result();
}
