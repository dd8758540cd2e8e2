import { addTour } from "./add_tour";

/** What the hostile texts would have made of the page, if any of them had been believed. */
function assertHarmless() {
    if (window.__pwned) {
        throw new Error("A script of a stranger was run");
    }
    const planted = document.querySelector(".__pwned, img[src='x'], a[href^='javascript:window']");
    if (planted) {
        throw new Error(`Markup of a stranger was believed: ${planted.outerHTML}`);
    }
}

const SCRIPT = "<script>window.__pwned=1</script>";

function shown(content, trigger) {
    return {
        content,
        trigger: `${trigger}:contains("${SCRIPT}")`,
        run: assertHarmless,
    };
}

addTour("mail_tracking_hostile", {
    steps: () => [
        shown("the chatter names the recipient", ".o-mail-Message .o_mail_tracking_name"),
        {
            content: "ask what became of the mail",
            trigger: ".o-mail-Message .o_mail_tracking button.o_mail_tracking_status",
            run: "click",
        },
        shown("the popover says who", ".o_mail_tracking_popover_recipient"),
        shown("and what happened", ".o_mail_tracking_event_detail"),
        {
            content: "to the technical record",
            trigger: ".o_mail_tracking_popover_record",
            run: "click",
        },
        shown("the form shows the subject", ".o_form_view .oe_title [name=name]"),
        shown("and the reason", ".o_form_view [name=error_description]"),
        shown("and the server", ".o_form_view [name=reporting_server]"),
        {
            content: "to the list",
            trigger: ".o_back_button a",
            run: "click",
        },
        shown("the list shows the recipient", ".o_list_view td[name=partner_id]"),
        shown("the subject", ".o_list_view td[name=name]"),
        shown("and the reason", ".o_list_view td[name=error_description]"),
    ],
});
