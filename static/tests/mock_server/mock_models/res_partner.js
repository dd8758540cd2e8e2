import { mailModels } from "@mail/../tests/mail_test_helpers";

export class ResPartner extends mailModels.ResPartner {
    /** Nothing speaks against any address. */
    get_mail_tracking_warnings() {
        return [];
    }
}
