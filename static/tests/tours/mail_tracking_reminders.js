import { addTour } from "./add_tour";

const DIALOG = ".o_mail_tracking_remind";
const SAVE = `${DIALOG} .o_mail_tracking_remind_save`;
const TOAST = ".o_notification:contains('You will be reminded on')";
const SMALL = "button[name='mail-tracking-remind']";

/** Assert that something is in the window, with nothing cut off at its sides. */
function assertInside({ anchor }) {
    const { left, right } = anchor.getBoundingClientRect();
    if (left < 0 || right > window.innerWidth + 1 || anchor.scrollWidth > anchor.clientWidth + 1) {
        throw new Error(`${anchor.textContent} is cut off`);
    }
}

/** Open the menu of the message; a window for fingers shows no buttons on hover. */
function openMenu() {
    return [
        {
            trigger: ".o-mail-Message:has(.o_mail_tracking_status)",
            run: ({ anchor }) => anchor.querySelector("[title='Expand']").click(),
        },
    ];
}

addTour("mail_tracking_remind_menu", {
    steps: () => [
        ...openMenu(),
        { trigger: ".o-dropdown-item:contains('Remind me…')", run: "click" },
        { content: "the first choice has the focus", trigger: `${DIALOG} input:focus:checked` },
        { trigger: DIALOG, run: assertInside },
        { trigger: `${DIALOG} label:contains('it is not opened')`, run: "click" },
        { trigger: `${DIALOG} label:contains('In 7 working days')`, run: "click" },
        { trigger: SAVE, run: "click" },
        { trigger: TOAST },
        ...openMenu(),
        { trigger: ".o-dropdown-item:contains('Reminder is set…')", run: "click" },
        {
            content: "it is listed, and can be cancelled",
            trigger: `${DIALOG} [data-kind='not_opened'] .o_mail_tracking_reminder_cancel`,
            run: "click",
        },
        { trigger: `${DIALOG}:not(:has(.o_mail_tracking_reminder))` },
        { trigger: `${DIALOG} label:contains('Tell me when')`, run: "click" },
        { content: "no day is needed", trigger: `${DIALOG}:not(:has([name='days']))` },
        { trigger: `${SAVE}:contains('Tell me')`, run: "click" },
        { trigger: ".o_notification:contains('You will be told')" },
        { trigger: `body:not(:has(${DIALOG}))` },
    ],
});

addTour("mail_tracking_remind_popover", {
    steps: () => [
        { trigger: ".o-mail-Message .o_mail_tracking_status", run: "click" },
        { trigger: ".o_mail_tracking_popover_remind", run: "click" },
        { trigger: `${DIALOG} label:contains('On a date')`, run: "click" },
        {
            trigger: `${DIALOG} .o_mail_tracking_remind_date`,
            run({ anchor }) {
                anchor.value = luxon.DateTime.now().plus({ days: 20 }).toISODate();
                anchor.dispatchEvent(new Event("input", { bubbles: true }));
            },
        },
        { trigger: SAVE, run: "click" },
        { trigger: TOAST },
        { trigger: ".o-mail-Message .o_mail_tracking_status", run: "click" },
        {
            content: "the popover shows it",
            trigger: ".o_mail_tracking_popover .o_mail_tracking_reminder",
            run: assertInside,
        },
        {
            trigger: ".o_mail_tracking_popover .o_mail_tracking_reminder_cancel",
            run: "click",
        },
        { trigger: ".o_mail_tracking_popover:not(:has(.o_mail_tracking_reminder))" },
    ],
});

addTour("mail_tracking_remind_composer", {
    steps: () => [
        { trigger: ".o-mail-Chatter-sendMessage", run: "click" },
        { trigger: SMALL, run: "click" },
        { trigger: `${DIALOG} label:contains('In 1 working day')`, run: "click" },
        { trigger: SAVE, run: "click" },
        { content: "the button says so", trigger: `${SMALL} .fa-bell` },
        {
            trigger: ".o-mail-Composer-input",
            run: "edit Here is our offer",
        },
        { trigger: ".o-mail-Composer-send:enabled", run: "click" },
        {
            trigger: ".o-mail-Message:contains('Here is our offer') .o_mail_tracking_status",
            run: "click",
        },
        { trigger: ".o_mail_tracking_popover .o_mail_tracking_reminder:contains('not answered')" },
        { trigger: ".o_mail_tracking_popover .btn-close", run: "click" },
        { trigger: ".o-mail-Chatter-sendMessage", run: "click" },
        { content: "the next message has none", trigger: `${SMALL} .fa-clock-o` },
    ],
});

addTour("mail_tracking_remind_full_composer", {
    steps: () => [
        { trigger: ".o-mail-Chatter-sendMessage", run: "click" },
        { trigger: SMALL, run: "click" },
        { trigger: `${DIALOG} label:contains('it is not opened')`, run: "click" },
        { trigger: SAVE, run: "click" },
        { trigger: `${SMALL} .fa-bell` },
        { trigger: "[name='open-full-composer']", run: "click" },
        {
            content: "what was chosen is there",
            trigger: "[name='mail_tracking_reminder_kind'] :is(select, input)",
            run({ anchor }) {
                const text = anchor.selectedOptions?.[0].textContent ?? anchor.value;
                if (!text.includes("not opened")) {
                    throw new Error(text);
                }
            },
        },
        { trigger: ".o_mail_tracking_reminder_fields", run: assertInside },
        { trigger: ".o_mail_send[name='action_send_mail']", run: "click" },
        { trigger: ".o-mail-Message .o_mail_tracking_status", run: "click" },
        { trigger: ".o_mail_tracking_popover .o_mail_tracking_reminder:contains('not opened')" },
    ],
});
