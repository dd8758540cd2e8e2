import { addTour } from "./add_tour";

const NINE = {
    Errol: "Sending failed",
    Sentia: "Sent",
    Delia: "Delivered",
    Opal: "Opened",
    Wanda: "Waiting",
    "Noel Without Address": "No email",
    "cc@example.com (Cc)": "Cc",
    "dora@example.com": "No partner",
};

addTour("mail_tracking_nine_statuses", {
    steps: () => [
        {
            content: "of nine recipients the failed one and the one who opened are named",
            trigger:
                ".o-mail-Message .o_mail_tracking:not(.o_mail_tracking_measuring):contains(Errol):contains(Opal)",
        },
        {
            content: "the others are counted, and each count unfolds",
            trigger: ".o-mail-Message .o_mail_tracking_count[aria-expanded='false']",
            run: () =>
                document
                    .querySelectorAll(".o-mail-Message .o_mail_tracking_count")
                    .forEach((button) => button.click()),
        },
        ...Object.entries(NINE).map(([name, status]) => ({
            content: `${name}: ${status}`,
            trigger: `.o-mail-Message .o_mail_tracking button[aria-label^="${name}: ${status}"]`,
        })),
        {
            content: "the ninth: notified inside Odoo only",
            trigger: ".o-mail-Message .o_mail_tracking button[aria-label*=': Unknown']",
        },
        {
            content: "a click tells the story of one recipient",
            trigger: ".o-mail-Message .o_mail_tracking button[aria-label^='Errol: Sending failed']",
            run: "click",
        },
        {
            content: "with the words of the mail server",
            trigger: ".o_popover:contains('User unknown')",
        },
    ],
});
