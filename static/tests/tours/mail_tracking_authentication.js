import { addTour } from "./add_tour";

const SECTION = ".o_mail_tracking_setup_check[data-check=authentication]";
const getResult = (verdict) => `${SECTION} .o_mail_tracking_setup_result[data-verdict=${verdict}]`;

addTour("mail_tracking_authentication", {
    steps: () => [
        {
            content: "loading the page asks no name server",
            trigger: `${getResult("unknown")}:contains(DNS has not been asked so far)`,
        },
        { content: "have it asked", trigger: ".o_mail_tracking_setup_again:enabled", run: "click" },
        {
            content: "one domain proves its emails by SPF",
            trigger: `${getResult("ok")}:contains(Allowed servers):contains(acme.example)`,
        },
        {
            content: "but has no policy: what to enter where",
            trigger: `${getResult("problem")}:contains(no DMARC record) .o_mail_tracking_setup_enter:contains(_dmarc.acme.example):contains(v=DMARC1; p=none)`,
        },
        {
            content: "which can be copied",
            trigger: `${getResult("problem")}:contains(no DMARC record) .o_mail_tracking_setup_copy_value`,
            run: "click",
        },
        {
            content: "or is selected, to be copied by hand",
            trigger: ".o_mail_tracking_setup_enter",
            run() {
                const isCopied = document.querySelector(".o_notification");
                if (!isCopied && !document.getSelection().toString().startsWith("v=DMARC1")) {
                    throw new Error("neither copied nor selected");
                }
            },
        },
        {
            content: "rules of large providers",
            trigger: `${getResult("problem")}:contains(Rule: DMARC):contains(Google)`,
        },
        { trigger: ".o_mail_tracking_setup_again:enabled" },
    ],
});
