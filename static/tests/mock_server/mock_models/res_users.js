import { mailModels } from "@mail/../tests/mail_test_helpers";

import { fields } from "@web/../tests/web_test_helpers";

export class ResUsers extends mailModels.ResUsers {
    /** Whether the user is in the group of postmasters. */
    is_postmaster = fields.Boolean({ default: false });

    _init_messaging(ids, store) {
        super._init_messaging(...arguments);
        const [user] = this.browse(ids);
        store.add({
            ...this.env["mail.message"]._get_failed_values(),
            mail_tracking_is_postmaster: user.is_postmaster,
        });
    }
}
