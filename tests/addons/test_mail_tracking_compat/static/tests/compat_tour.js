import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("test_mail_tracking_compat", {
    steps: () => [
        {
            content: "The line of the recipients is the patched one",
            trigger: ".o_mail_tracking .o_hooks_line:contains('mark of Anna is sent')",
        },
        {
            content: "The recipients themselves are still there",
            trigger: ".o_mail_tracking .o_mail_tracking_recipient[data-status='sent']",
        },
        {
            content: "The form of the contact holds what another view added",
            trigger: "a[name='mail_tracking']",
            run: "click",
        },
        { trigger: ".o_hooks_partner:contains('Hooked contact')" },
        {
            content: "Go to the tracking emails of the contact",
            trigger:
                "button[name$='action_view_mail_tracking_email'], .oe_stat_button:contains('Tracking emails')",
            run: "click",
        },
        { trigger: ".o_list_view .o_data_row td[name='recipient_name']", run: "click" },
        { trigger: ".o_form_view div[name='hooks_code']:contains('code of Offer')" },
        { trigger: "button[name='action_hooks']:contains('Hooked button')", run: "click" },
        { trigger: ".o_form_view button[name='action_hooks']:not([disabled])" },
    ],
});
