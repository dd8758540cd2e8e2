import { addTour } from "./add_tour";

// a row of the list, on a phone a card
const entry = (name) => `.o_content [data-id]:contains(${name}@example.com)`;
const button = (name, action) => `${entry(name)} button[name='${action}']`;
const gone = (name) => `.o_content:not(:contains(${name}@example.com))`;

addTour("mail_tracking_dead_addresses", {
    steps: () => [
        {
            content: "why it is dead, in words",
            trigger: `${entry("anna")}:contains(Address does not exist)`,
        },
        {
            content: "the address is not cut off",
            trigger: `${entry("anna")} :contains(/^anna@example.com$/)`,
            run() {
                if (this.anchor.scrollWidth > this.anchor.clientWidth) {
                    throw new Error(`${this.anchor.scrollWidth} of ${this.anchor.clientWidth}`);
                }
            },
        },
        { trigger: button("anna", "action_mail_tracking_correct"), run: "click" },
        {
            content: "one email waits",
            trigger: ".modal .o_field_widget[name='waiting_count']:contains(1)",
        },
        {
            trigger: ".modal .o_field_widget[name='new_address'] input",
            run: "edit anna@example.net",
        },
        { trigger: ".modal-footer button[name='action_correct']:visible", run: "click" },
        { trigger: ".o_notification:contains(The address is anna@example.net now)" },
        {
            content: "what failed is ticked",
            trigger: ".o_mail_tracking_bulk_resend_group input:checked",
        },
        { trigger: ".o_mail_tracking_bulk_resend_send:enabled", run: "click" },
        {
            content: "it waits for the queue",
            trigger: ".o_mail_tracking_bulk_resend_waiting",
        },
        { trigger: ".o_mail_tracking_bulk_resend_close", run: "click" },
        { content: "no dialog is left", trigger: "body:not(:has(.modal))" },
        { trigger: gone("anna") },
        { trigger: button("bob", "action_archive"), run: "click" },
        { trigger: ".modal-footer .btn-primary:contains(Archive)", run: "click" },
        { trigger: gone("bob") },
        { trigger: button("carl", "action_mail_tracking_works"), run: "click" },
        { trigger: gone("carl") },
    ],
});
