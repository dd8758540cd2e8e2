import { addTour } from "./add_tour";

const PAGE = ".o_mail_tracking_dashboard";

const getNumber = (name) => `${PAGE}_number[data-number=${name}]`;
const goBack = () => [
    {
        content: "go back",
        trigger: ".breadcrumb-item:contains(Deliverability), .o_back_button",
        run: "click",
    },
];

/** Assert that nothing reaches beyond the page. */
function assertInside({ anchor }) {
    if (anchor.scrollWidth > anchor.clientWidth) {
        throw new Error(`${anchor.scrollWidth} of ${anchor.clientWidth}`);
    }
}

addTour("mail_tracking_dashboard", {
    steps: () => [
        { trigger: `${PAGE}_incident:contains(smtp.example)` },
        { trigger: `${getNumber("sent")}:contains(10)` },
        { trigger: PAGE, run: assertInside },
        { trigger: `${PAGE} label:contains(90 days)`, run: "click" },
        { content: "older emails are there", trigger: `${getNumber("sent")}:contains(110)` },
        { trigger: `${getNumber("failed")} ${PAGE}_value`, run: "click" },
        {
            content: "the one that failed",
            trigger: ".o_data_row:contains(lost), .o_kanban_record:contains(lost)",
        },
        { content: "and no other", trigger: "body:not(:contains(Arrived well))" },
        ...goBack(),
        { content: "the same period", trigger: `${PAGE} input[value='90']:checked` },
        {
            trigger: `${PAGE}_failures[data-by=provider] li:contains(Google) button`,
            run: "click",
        },
        {
            trigger: ".o_data_row .o_data_cell:contains(lost), .o_kanban_record:contains(lost)",
            run: "click",
        },
        { content: "the email opens", trigger: ".o_form_view:contains(lost)" },
        { trigger: ".breadcrumb-item:contains(Google), .o_back_button", run: "click" },
        { trigger: ".o_data_row:contains(lost), .o_kanban_record:contains(lost)" },
        ...goBack(),
        { trigger: `${PAGE} summary`, run: "click" },
        { trigger: `${PAGE} tbody tr:last button:first`, run: "click" },
        { trigger: ".o_data_row:contains(lost), .o_kanban_record:contains(lost)" },
        ...goBack(),
        { trigger: `${PAGE}_incident button`, run: "click" },
        { trigger: ".o_form_view" },
        ...goBack(),
        { trigger: `${PAGE}_all`, run: "click" },
        { content: "the daily numbers", trigger: ".o_pivot_view" },
        ...goBack(),
        { trigger: `${PAGE} canvas` },
    ],
});
