import { mailModels } from "@mail/../tests/mail_test_helpers";
import { mailDataHelpers } from "@mail/../tests/mock_server/mail_mock_server";

import { getKwArgs } from "@web/../tests/web_test_helpers";

export class MailThread extends mailModels.MailThread {
    _thread_to_store(store, fields, request_list) {
        super._thread_to_store(...arguments);
        const kwargs = getKwArgs(arguments, "store", "fields", "request_list");
        if (!kwargs.request_list?.includes("failed_messages")) {
            return;
        }
        const [{ id }] = this;
        const MailMessage = this.env["mail.message"];
        const failed = MailMessage._filter([
            ["model", "=", this._name],
            ["res_id", "=", id],
            ["mail_tracking_needs_action", "=", true],
        ]);
        kwargs.store._add_record_fields(
            this.env[this._name].browse(id),
            {
                failed_emails: mailDataHelpers.Store.many(
                    this.env["mail.tracking.email"]._get_failed_of_record(this._name, id)
                ),
                failed_messages: mailDataHelpers.Store.many(
                    MailMessage.browse(failed.map((message) => message.id))
                ),
            },
            true
        );
    }
}
