import { addTour } from "./add_tour";

const POPOVER = ".o_mail_tracking_popover";
const getIcon = (status) => `.o-mail-Message .o_mail_tracking_status[aria-label*="${status}"]`;
const getResult = (verdict) =>
    `.o_mail_tracking_setup_check[data-check=personal_servers] .o_mail_tracking_setup_result[data-verdict=${verdict}]`;

/** Steps that open the popover of a recipient, and look for words in it. */
function read(status, words) {
    return [
        { content: `open ${status}`, trigger: getIcon(status), run: "click" },
        { content: words, trigger: `${POPOVER} :contains(${words})` },
        { content: "close it", trigger: `${POPOVER} .btn-close`, run: "click" },
        { content: "it is gone", trigger: `body:not(:has(${POPOVER}))` },
    ];
}

addTour("mail_tracking_personal", {
    steps: () => [
        ...read("Sent", "the report goes to the sender's mailbox"),
        ...read("Waiting", "own mail account sends 2 emails a minute"),
    ],
});

addTour("mail_tracking_personal_setup", {
    steps: () => [
        {
            content: "where bounces go",
            trigger: `${getResult("unknown")}:contains(where Odoo does not see them)`,
        },
        {
            content: "an account that works",
            trigger: `${getResult("ok")}:contains(Olga Other)`,
        },
        {
            content: "one that does not, and what to do",
            trigger: `${getResult("problem")}:contains(connect it again)`,
        },
        {
            content: "nothing is wider than the page",
            trigger: ".o_mail_tracking_setup",
            run({ anchor }) {
                if (anchor.scrollWidth > anchor.clientWidth) {
                    throw new Error(`${anchor.scrollWidth} > ${anchor.clientWidth}`);
                }
            },
        },
        { content: "all checks are done", trigger: ".o_mail_tracking_setup_again:enabled" },
    ],
});
