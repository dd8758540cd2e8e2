import { onPatched, onWillPatch, onWillUnmount, useRef } from "@odoo/owl";

import { getTabableElements } from "@web/core/utils/ui";

/**
 * Move the focus to what comes next when the element that has it goes away. It would fall to the
 * body, and whoever uses the keyboard start over at the top of the page.
 *
 * @param {string} refName of the component's root
 */
export function useKeptFocus(refName) {
    const ref = useRef(refName);
    let candidates = [];
    const prepare = () => {
        const { activeElement } = document;
        candidates = [];
        if (ref.el?.contains(activeElement)) {
            const others = getTabableElements().filter((el) => el !== activeElement);
            const isNext = (el) =>
                activeElement.compareDocumentPosition(el) & Node.DOCUMENT_POSITION_FOLLOWING;
            candidates = [
                ...others.filter(isNext),
                ...others.filter((el) => !isNext(el)).reverse(),
            ];
        }
    };
    const restore = () => {
        for (const el of candidates) {
            if (document.activeElement !== document.body) {
                return;
            }
            el.focus();
        }
    };
    onWillPatch(prepare);
    onPatched(restore);
    onWillUnmount(() => {
        prepare();
        // the elements are removed after this
        Promise.resolve().then(restore);
    });
}
