import { addTour } from "./add_tour";

const LINE = ".o-mail-Message .o_mail_tracking";
const MARGIN = 12;

const until = async (condition) => {
    while (!condition()) {
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
};

/** Whether all is loaded and at rest. */
const isSettled = () =>
    document.fonts.status === "loaded" &&
    [...document.images].every((image) => image.complete) &&
    !document
        .getAnimations()
        .some(
            (motion) =>
                motion.playState === "running" &&
                motion.effect.getComputedTiming().iterations !== Infinity
        );

/** A step that has a picture taken of the area around some elements; see test_pictures.py. */
function shoot(name, trigger, selectors, margin = MARGIN) {
    const run = async () => {
        const style = document.createElement("style");
        style.textContent = "* { scrollbar-width: none; }";
        document.head.append(style);
        await until(isSettled);
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        const boxes = selectors.map((selector) =>
            document.querySelector(selector).getBoundingClientRect()
        );
        const x = Math.max(0, Math.min(...boxes.map((box) => box.left)) - margin);
        const y = Math.max(0, Math.min(...boxes.map((box) => box.top)) - margin);
        const width = Math.max(...boxes.map((box) => box.right)) + margin - x;
        const height = Math.max(...boxes.map((box) => box.bottom)) + margin - y;
        console.log(`picture ${JSON.stringify({ name, clip: { x, y, width, height } })}`);
        await until(() => window.pictureTaken === name);
    };
    return { content: `picture ${name}`, trigger, run };
}

function addPictures(name, steps) {
    addTour(`mail_tracking_pictures_${name}`, { steps: () => steps });
}

addPictures("chatter", [
    ...["opened", "delivered", "sent", "error", "no_email"].map((status) => ({
        trigger: `${LINE}_recipient[data-status=${status}]`,
    })),
    shoot("chatter", LINE, [".o-mail-Message", LINE]),
    shoot("failed_message_widget", ".o_mail_tracking_failed_box", [".o_mail_tracking_failed_box"]),
    { trigger: `${LINE}_recipient[data-status=opened] .o_mail_tracking_status`, run: "click" },
    shoot("popover", ".o_mail_tracking_event", [LINE, ".o_mail_tracking_popover"]),
    { trigger: ".o_mail_tracking_popover .btn-close", run: "click" },
    { trigger: ".o_mail_tracking_failed_resend", run: "click" },
    shoot("resend", ".modal .o_mail_tracking_resend_email", [".modal-content"]),
    { trigger: ".modal footer .btn-secondary", run: "click" },
    shoot("live_sent", "body:not(:has(.modal))", [LINE]),
]);

addPictures("live", [
    shoot("live_opened", `${LINE}_recipient[data-status=opened]:contains(Selma)`, [LINE]),
]);

addPictures("discuss", [
    shoot(
        "failed_message_discuss",
        ".o-mail-Message .o_mail_tracking_failed_in_mailbox",
        [
            ".o-mail-Mailbox[data-mailbox-id='failed']",
            ".o-mail-DiscussContent-header",
            ".o-mail-Message",
        ],
        0
    ),
]);

addPictures("list", [
    shoot(
        "tracking_emails",
        ".o_list_view .o_data_row:nth-child(5)",
        [".o_control_panel", ".o_list_view .o_data_row:nth-child(5)"],
        0
    ),
]);

addPictures("filter", [
    { trigger: ".o_searchview_dropdown_toggler", run: "click" },
    { trigger: ".o_filter_menu .o_menu_item:contains(Failed sent messages)", run: "click" },
    shoot(
        "failed_message_filter",
        ".o_searchview_facet",
        [".o_control_panel", ".o_search_bar_menu, .o-dropdown--menu"],
        0
    ),
]);

addPictures("last_email", [
    shoot(
        "last_email",
        ".o_data_row:nth-child(5)",
        ["thead th", ".o_data_row:nth-child(5) td:has(.o_mail_tracking_last_email)"],
        0
    ),
]);

addPictures("warning", [
    { trigger: ".o-mail-Chatter-sendMessage", run: "click" },
    shoot("warning", ".o_mail_tracking_warning:contains(gmial)", [
        ".o-mail-RecipientsInput",
        ".o-mail-Composer",
    ]),
]);

addPictures("reminder", [
    { trigger: `${LINE} .o_mail_tracking_status`, run: "click" },
    { trigger: ".o_mail_tracking_popover_remind", run: "click" },
    shoot("reminder", ".o_mail_tracking_remind", [".modal-content"]),
]);

addPictures("setup", [
    { trigger: "[data-check=live] .o_mail_tracking_setup_result" },
    shoot(
        "setup",
        ".o_mail_tracking_setup_again:enabled",
        [".o_control_panel", "[data-check=bounces]"],
        0
    ),
]);

addPictures("deliverability", [
    shoot(
        "deliverability",
        ".o_mail_tracking_dashboard canvas",
        [".o_control_panel", ".o_mail_tracking_dashboard_failures[data-by=reason]"],
        0
    ),
]);
