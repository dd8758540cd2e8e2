import { addTour } from "./add_tour";

const WARNING = ".o_mail_tracking_warning";
const COMPOSER = ".o-mail-Chatter-top";
const FULL_COMPOSER = ".o_mail_composer_form";

/** Assert that something is in the window, with nothing cut off at its sides. */
function assertInside({ anchor }) {
    const { left, right } = anchor.getBoundingClientRect();
    if (left < 0 || right > window.innerWidth || anchor.scrollWidth > anchor.clientWidth + 1) {
        throw new Error(`${anchor.textContent} is cut off`);
    }
}

addTour("mail_tracking_warnings", {
    steps: () => [
        { trigger: ".o-mail-Chatter-sendMessage", run: "click" },
        {
            content: "the dead address of a follower",
            trigger: `${COMPOSER} ${WARNING}:contains('An email to anna@example.com failed')`,
            run: assertInside,
        },
        {
            content: "the misspelt address of the contact itself",
            trigger: `${COMPOSER} ${WARNING}:contains('gmial.com looks like a typo')`,
        },
        {
            trigger: `${COMPOSER} ${WARNING} button:contains('Use acme@gmail.com')`,
            run: "click",
        },
        {
            content: "it is corrected, and nothing is wrong with it any more",
            trigger: `${COMPOSER}:not(:has(${WARNING}:contains('gmial')))`,
        },
        { trigger: "[name='open-full-composer']", run: "click" },
        {
            content: "the full composer knows the followers as well",
            trigger: `${FULL_COMPOSER} ${WARNING}:contains('An email to anna@example.com')`,
            run: assertInside,
        },
        { trigger: `${FULL_COMPOSER} ${WARNING} button:contains('Correct')`, run: "click" },
        {
            trigger: ".modal:has([name=email]) [name=email] input",
            run: "edit anna@example.org",
        },
        { trigger: ".modal:has([name=email]) .o_form_button_save", run: "click" },
        {
            content: "the address is corrected",
            trigger: `${FULL_COMPOSER}:not(:has(${WARNING}))`,
        },
        { content: "a warning forbids nothing", trigger: ".o_mail_send[name='action_send_mail']" },
    ],
});
