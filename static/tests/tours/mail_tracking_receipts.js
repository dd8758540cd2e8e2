import { addTour } from "./add_tour";

const TICK = ".o_mail_composer_form [name=mail_tracking_read_receipt] input";
const LABEL = ".o_mail_composer_form label:contains('Ask for a read receipt')";

/** Assert that something is in the window, with nothing cut off at its sides. */
function assertInside({ anchor }) {
    const { left, right } = anchor.getBoundingClientRect();
    if (left < 0 || right > window.innerWidth || anchor.scrollWidth > anchor.clientWidth + 1) {
        throw new Error(`${anchor.textContent} is cut off`);
    }
}

addTour("mail_tracking_receipts", {
    steps: () => [
        { trigger: ".o-mail-Chatter-sendMessage", run: "click" },
        { trigger: "[name='open-full-composer']", run: "click" },
        { content: "nobody asks unless they want to", trigger: `${TICK}:not(:checked)` },
        { content: "it has a label", trigger: LABEL, run: assertInside },
        { content: "a click on the label ticks it", trigger: LABEL, run: "click" },
        { content: "it is ticked", trigger: `${TICK}:checked` },
        { trigger: ".o_mail_send[name='action_send_mail']", run: "click" },
        { content: "it was sent", trigger: ".o-mail-Message .o_mail_tracking_status" },
        { trigger: ".o-mail-Message .o_mail_tracking_status", run: "click" },
        {
            content: "the popover says that a receipt was asked for",
            trigger: ".o_mail_tracking_popover_evidence:contains('read receipt')",
        },
    ],
});
