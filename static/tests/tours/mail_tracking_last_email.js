import { addTour } from "./add_tour";

const BADGE = ".o_mail_tracking_last_email";
const ROW = ".o_data_row:contains(Acme Tracked)";
const POPOVER = ".o_mail_tracking_popover";

addTour("mail_tracking_last_email_column", {
    steps: () => [
        {
            content: "contacts show what became of the last email",
            trigger: `${ROW} ${BADGE}[data-status=error]`,
            run: "hover",
        },
        {
            content: "more of it on hover",
            trigger: ".o-tooltip:contains(Bob: Sending failed)",
        },
        { trigger: `${ROW} ${BADGE}`, run: "click" },
        {
            content: "what happened to the one who did not get it",
            trigger: `${POPOVER}:contains(Bob) .o_mail_tracking_event`,
        },
        {
            content: "and something done about it",
            trigger: `${POPOVER} .o_mail_tracking_popover_resend`,
        },
        {
            trigger: ".o_mail_tracking_last_email_recipients button:contains(Anna)",
            run: "click",
        },
        { trigger: `${POPOVER}:contains(Anna) .o_mail_tracking_event` },
        { trigger: `${POPOVER} .btn-close`, run: "click" },
        { trigger: `body:not(:has(${POPOVER})) .o_list_view` },
        { trigger: ".o_optional_columns_dropdown button", run: "click" },
        { trigger: ".o-dropdown-item:contains(Last email) input:checked", run: "click" },
        { content: "who does not want it hides it", trigger: `.o_list_view:not(:has(${BADGE}))` },
        { trigger: ".o-dropdown-item:contains(Last email) input:not(:checked)", run: "click" },
        { trigger: `${ROW} ${BADGE}` },
    ],
});

const filter = (name, steps) => [
    { trigger: ".o_searchview_dropdown_toggler", run: "click" },
    { trigger: `.o_filter_menu .o_menu_item:contains(${name})`, run: "click" },
    { trigger: `.o_facet_value:contains(${name})` },
    ...steps,
    { trigger: ".o_searchview_facet .o_facet_remove", run: "click" },
    { trigger: `.o_searchview:not(:contains(${name}))` },
];

addTour("mail_tracking_email_filters", {
    steps: () => [
        { trigger: ".o_data_row:contains(Carl)" },
        ...filter("Emails not opened", [
            { trigger: ".o_list_renderer:has(.o_data_row:contains(Carl)):not(:contains(Bob))" },
        ]),
        ...filter("Emails not answered", [
            { trigger: ".o_list_renderer:has(.o_data_row:contains(Carl)):not(:contains(Bob))" },
        ]),
        ...filter("Failed sent messages", [
            { trigger: ".o_list_renderer:has(.o_data_row:contains(Bob)):not(:contains(Carl))" },
        ]),
        ...filter("Address bounced", [
            { trigger: ".o_list_renderer:has(.o_data_row:contains(Bob)):not(:contains(Carl))" },
        ]),
        { trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { trigger: ".o_filter_menu .o_accordion_toggle:contains(Last email)", run: "click" },
        { trigger: ".o_accordion_values .o_item_option:first", run: "click" },
        { trigger: ".o_facet_value:contains(Last email)" },
        { trigger: ".o_list_renderer:has(.o_data_row:contains(Carl)):not(:contains(Acme))" },
    ],
});

addTour("mail_tracking_last_email_kanban", {
    steps: () => [
        { trigger: "button.o_switch_view.o_kanban", run: "click" },
        {
            trigger: `.o_kanban_record:contains(Acme Tracked) ${BADGE}[data-status=error]`,
            run: "click",
        },
        { trigger: `${POPOVER} .o_mail_tracking_event` },
        { content: "the card was not opened", trigger: ".o_kanban_view" },
    ],
});

addTour("mail_tracking_contact_emails", {
    steps: () => [
        { trigger: ".oe_stat_button .o_stat_text:contains(/^Emails$/)", run: "click" },
        { trigger: ".breadcrumb:contains(Anna), .o_breadcrumb:contains(Emails)" },
        {
            content: "the last one first: it came back",
            trigger: `.o_data_row:nth-child(1):contains(Sent) ${BADGE}[data-status=error]`,
            run: "click",
        },
        { trigger: `${POPOVER}:contains(Anna) .o_mail_tracking_event` },
        { trigger: `${POPOVER} .btn-close`, run: "click" },
        { trigger: `.o_data_row:nth-child(2):contains(Received):not(:has(${BADGE}))` },
        {
            content: "its record is one click away",
            trigger: ".o_data_row:nth-child(3):contains(Sent) td:contains(Acme Tracked)",
            run: "click",
        },
        { trigger: ".o_form_view:contains(Acme Tracked) .o-mail-Chatter" },
    ],
});

addTour("mail_tracking_contact_emails_phone", {
    steps: () => [
        {
            content: "cards instead of a table",
            trigger: `.o_kanban_record:contains(Sent):contains(Acme Tracked) ${BADGE}`,
            run: "click",
        },
        { trigger: `.o_bottom_sheet ${POPOVER}:contains(Anna) .o_mail_tracking_event` },
    ],
});
