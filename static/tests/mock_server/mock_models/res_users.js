import { mailModels } from "@mail/../tests/mail_test_helpers";

export class ResUsers extends mailModels.ResUsers {
    _init_messaging(ids, store) {
        super._init_messaging(...arguments);
        store.add({ failed: this.env["mail.message"]._get_failed_mailbox() });
    }
}
