import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("mail_tracking_privacy", {
    steps: () => [
        {
            content: "open the gear menu of the contact",
            trigger: ".o_control_panel .o_cp_action_menus .dropdown-toggle",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o_menu_item:contains(Privacy of email tracking…)",
            run: "click",
        },
        {
            content: "the dialog counts what is kept",
            trigger: ".modal .o_field_widget[name=tracking_count]:contains(3)",
        },
        { trigger: ".modal button[name=action_download]:enabled" },
        {
            content: "the first click asks",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=goes]:contains(Emails with all their events: 2)",
        },
        {
            trigger: ".modal button[name=action_back]",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "the second click erases",
            trigger: ".modal button[name=action_erase]",
            run: "click",
        },
        {
            trigger:
                ".modal .o_field_widget[name=outcome]:contains(The data of this person were erased.)",
        },
        {
            trigger: ".modal button[special=cancel]",
            run: "click",
        },
        { trigger: "body:not(:has(.modal)) .o_form_view" },
    ],
});
