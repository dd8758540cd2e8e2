import { addTour } from "./add_tour";

const ICON = ".o-mail-Message .o_mail_tracking_status";
const CONTENT = ".o_mail_tracking_popover";

/** Assert that the popover, or the sheet, is inside the window and holds what it shows. */
function assertFits() {
    const content = document.querySelector(CONTENT);
    const box = content.closest(".o_popover, .o_bottom_sheet_sheet").getBoundingClientRect();
    const page = { bottom: window.innerHeight, left: 0, right: window.innerWidth, top: 0 };
    for (const [inner, outer] of [
        [box, page],
        [content.getBoundingClientRect(), box],
    ]) {
        const isInside =
            inner.top > outer.top - 1 &&
            inner.left > outer.left - 1 &&
            inner.bottom < outer.bottom + 1 &&
            inner.right < outer.right + 1;
        if (!isInside || content.scrollWidth > content.clientWidth) {
            throw new Error(`${JSON.stringify(inner)} is not in ${JSON.stringify(outer)}`);
        }
    }
}

/** Steps that open the popover of a recipient, with the icon somewhere in the window. */
function open(name, block) {
    return [
        {
            content: `${name}, with the icon at the ${block} of the window`,
            trigger: `${ICON}[aria-label^="${name}"]`,
            run({ anchor, click }) {
                anchor.scrollIntoView({ block });
                return click();
            },
        },
        {
            content: "what happened has been loaded",
            trigger: `${CONTENT} .o_mail_tracking_event`,
            async run() {
                // a sheet slides in
                const motions = document.getAnimations().map(({ finished }) => finished);
                await Promise.allSettled(motions);
                assertFits();
            },
        },
        { content: "close it", trigger: `${CONTENT} .btn-close`, run: "click" },
        { content: "it is gone", trigger: `body:not(:has(${CONTENT}))` },
    ];
}

addTour("mail_tracking_popover_fits", {
    steps: () =>
        ["start", "center", "end"].flatMap((block) =>
            ["Anna", "Bob", "Carl"].flatMap((name) => open(name, block))
        ),
});
