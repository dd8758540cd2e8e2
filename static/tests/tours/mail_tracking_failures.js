import { addTour } from "./add_tour";

const BOX = ".o_mail_tracking_failed_box";
const MAILBOX = ".o-mail-Mailbox[data-mailbox-id='failed']";

const openDiscuss = {
    content: "go to the Failed mailbox",
    trigger: ".o_web_client",
    run: () => window.location.assign("/odoo/discuss?active_id=mail.box_failed"),
    expectUnloadPage: true,
};

addTour("mail_tracking_failure_mended", {
    steps: () => [
        {
            content: "write to the contact",
            trigger: ".o-mail-Chatter-sendMessage:enabled",
            run: "click",
        },
        {
            content: "whose address is suggested",
            trigger: ".o-mail-RecipientsInput:contains(Acme Tracked)",
        },
        { trigger: ".o-mail-Composer-input", run: "edit Here is our offer" },
        { trigger: ".o-mail-Composer-send:enabled", run: "click" },
        {
            content: "the failure stands above the messages, with its reason",
            trigger: `${BOX} .o_mail_tracking_failed_reason:contains(Address does not exist)`,
        },
        {
            content: "and beside the recipient",
            trigger: ".o-mail-Message .o_mail_tracking_recipient[data-status='error']",
        },
        openDiscuss,
        {
            content: "one failure is mine to mend",
            trigger: `${MAILBOX} .o-mail-DiscussSidebar-badge:contains(1)`,
        },
        {
            content: "it names its record",
            trigger: ".o-mail-Message-header:contains(on Acme Tracked)",
        },
        { trigger: ".o_mail_tracking_failed_resend", run: "click" },
        { trigger: ".o_mail_tracking_resend_email", run: "edit wrong" },
        { trigger: ".o_mail_tracking_resend_send:enabled", run: "click" },
        {
            content: "what is no address is not sent to",
            trigger: ".o_mail_tracking_resend_error",
        },
        { trigger: ".o_mail_tracking_resend_email", run: "edit acme@example.net" },
        { trigger: ".o_mail_tracking_resend_save:checked" },
        { trigger: ".o_mail_tracking_resend_send:enabled", run: "click" },
        { content: "settled", trigger: "h4:contains(There is nothing to do)" },
        { trigger: `${MAILBOX}:not(:has(.o-mail-DiscussSidebar-badge))` },
    ],
});

addTour("mail_tracking_failure_reviewed", {
    steps: () => [
        { trigger: `${BOX} .o_mail_tracking_failed_review:enabled`, run: "click" },
        { content: "the box is gone", trigger: `.o-mail-Chatter-content:not(:has(${BOX}))` },
        {
            content: "the truth about the recipient is not",
            trigger: ".o-mail-Message .o_mail_tracking_recipient[data-status='error']",
        },
        openDiscuss,
        { trigger: "h4:contains(There is nothing to do)" },
    ],
});

addTour("mail_tracking_failure_filter", {
    steps: () => [
        { trigger: "button.o_switch_view.o_list", run: "click" },
        { trigger: ".o_list_renderer" },
        { trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { trigger: ".o_filter_menu .o_menu_item:contains(Failed sent messages)", run: "click" },
        { trigger: ".o_facet_value:contains(Failed sent messages)" },
        {
            content: "the record with a failure stays",
            trigger: ".o_data_row:contains(Acme Tracked)",
        },
        {
            content: "and others go",
            trigger: ".o_list_renderer:not(:has(.o_data_row:contains(Anna)))",
        },
    ],
});
