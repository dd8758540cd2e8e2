import { addTour } from "./add_tour";

const getResult = (check, verdict) =>
    `.o_mail_tracking_setup_check[data-check=${check}] .o_mail_tracking_setup_result[data-verdict=${verdict}]`;

addTour("mail_tracking_setup", {
    steps: () => [
        {
            content: "the address of the image is not public here",
            trigger: `${getResult("pixel", "problem")}:contains(inside your network only)`,
        },
        {
            content: "all checks come to an end",
            trigger: ".o_mail_tracking_setup_again:enabled",
        },
        {
            content: "the mail server was never asked",
            trigger: `${getResult("mail_servers", "unknown")}:contains(Not known yet)`,
        },
        {
            content: "now it is",
            trigger: `${getResult("mail_servers", "unknown")} .o_mail_tracking_setup_ask`,
            run: "click",
        },
        {
            content: "and offers no delivery reports",
            trigger: `${getResult("mail_servers", "warning")}:contains(cannot report delivery)`,
        },
        {
            content: "copy the results",
            trigger: ".o_mail_tracking_setup_copy:enabled",
            run: "click",
        },
        {
            content: "they are copied, or stand there to be copied by hand",
            trigger:
                ".o_notification:contains(Copied), .o_mail_tracking_setup_text:value([Needs attention] Public URL)",
        },
        {
            content: "open what needs attention",
            trigger: `${getResult("mail_servers", "warning")} .o_mail_tracking_setup_open`,
            run: "click",
        },
        {
            content: "it is the mail server",
            trigger: ".o_form_view .o_field_widget[name=smtp_host]",
        },
        {
            content: "go back",
            trigger: ".breadcrumb-item:contains(Tracking set-up), .o_back_button",
            run: "click",
        },
        {
            content: "the page is there again",
            trigger: `${getResult("mail_servers", "warning")}:contains(cannot report delivery)`,
        },
        { trigger: ".o_mail_tracking_setup_again:enabled" },
    ],
});
