import { addTour } from "./add_tour";

addTour("mail_tracking_rule_made", {
    steps: () => [
        { content: "a new rule", trigger: ".o_list_button_add", run: "click" },
        {
            content: "its name",
            trigger: ".o_field_widget[name=name] input",
            run: "edit Call who did not get it",
        },
        {
            content: "about contacts",
            trigger: ".o_field_widget[name=model_id] input",
            run: "edit Contact",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:text(Contact)",
            run: "click",
        },
        {
            content: "all contacts",
            trigger: ".o_field_widget[name=domain]:contains(Match all records)",
        },
        {
            content: "schedule a call",
            trigger: ".o_field_widget[name=activity_type_id] input",
            run: "edit Call",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:text(Call)",
            run: "click",
        },
        { content: "for the author", trigger: ".o_field_widget[name=activity_for]" },
        { content: "try it", trigger: "button[name=action_try]", run: "click" },
        {
            content: "it says how many",
            trigger: ".o_breadcrumb:contains(Try it), .o_control_panel:contains(Try it)",
        },
    ],
});

addTour("mail_tracking_rule_seen", {
    steps: () => [
        {
            content: "the activity of the rule",
            trigger: ".o-mail-Activity:contains(Email failed)",
        },
    ],
});
