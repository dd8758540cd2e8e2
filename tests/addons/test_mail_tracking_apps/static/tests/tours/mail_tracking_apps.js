import { addTour } from "@mail_tracking/../tests/tours/add_tour";

const WARNING = ".o_mail_tracking_warning:contains('gmial.com looks like a typo')";
const BADGE = ".o_mail_tracking_last_email";
const MESSAGE = ".o-mail-Message:has(.o_mail_tracking_status)";
const DIALOG = ".o_mail_tracking_remind";

/** The chatter, from the small composer to the full one. */
const fromChatter = [
    { trigger: ".o-mail-Chatter-sendMessage", run: "click" },
    { trigger: `.o-mail-Chatter-top ${WARNING}` },
    { trigger: "[name='open-full-composer']", run: "click" },
    { trigger: `.o_mail_composer_form ${WARNING}` },
    { trigger: ".o_mail_composer_form [name='subject'] input", run: "edit Garden house" },
    { trigger: ".modal .o_mail_send", run: "click" },
];

/** How each app sends. */
const APPS = {
    lead: fromChatter,
    task: fromChatter,
    quotation: [
        { trigger: "button[name='action_quotation_send']", run: "click" },
        { trigger: `.o_mail_composer_form ${WARNING}` },
        { trigger: ".modal .o_mail_send", run: "click" },
    ],
    invoice: [
        { trigger: "button[name='action_invoice_sent']", run: "click" },
        { trigger: `.o_account_move_send_wizard ${WARNING}` },
        { trigger: ".modal button[name='action_send_and_print']", run: "click" },
    ],
};

for (const [app, send] of Object.entries(APPS)) {
    addTour(`mail_tracking_apps_${app}_sent`, {
        steps: () => [
            ...send,
            { trigger: `body:not(:has(.modal)) ${MESSAGE}` },
            {
                trigger: MESSAGE,
                run: ({ anchor }) => anchor.querySelector("[title='Expand']").click(),
            },
            { trigger: ".o-dropdown-item:contains('Remind me…')", run: "click" },
            { trigger: `${DIALOG} input:focus:checked` },
            { trigger: `${DIALOG} .o_mail_tracking_remind_save`, run: "click" },
            { trigger: ".o_notification:contains('You will be reminded on')" },
        ],
    });
}

addTour("mail_tracking_apps_found", {
    steps: () => [
        { trigger: ".o_data_row:nth-child(2)" },
        { trigger: `.o_list_view:not(:has(${BADGE}))` },
        { trigger: ".o_optional_columns_dropdown button", run: "click" },
        { trigger: ".o-dropdown-item:contains(Last email) input:not(:checked)", run: "click" },
        { trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { trigger: ".o_filter_menu .o_menu_item:contains(Emails not answered)", run: "click" },
        { trigger: ".o_facet_value:contains(Emails not answered)" },
        {
            content: "the one that an email was sent about",
            trigger: `.o_list_view:not(:has(.o_data_row:nth-child(2))) .o_data_row ${BADGE}[data-status=sent]:contains(Not opened)`,
        },
        { trigger: ".o_data_row .o_data_cell:not(:has(input))", run: "click" },
        {
            content: "the reminder",
            trigger: ".o_form_view .o-mail-Activity:contains(Not answered)",
        },
        { content: "the rule", trigger: ".o_form_view .o-mail-Activity:contains(Call them)" },
    ],
});
