import { onPatched, onWillPatch, onWillUnmount, useRef } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { getTabableElements } from "@web/core/utils/ui";

/** What to focus when the focused element goes away: what follows it, else what is before it. */
function getCandidates() {
    const { activeElement } = document;
    if (activeElement === document.body) {
        return [];
    }
    // notifications go away by themselves, the actions of the mailbox with its last message
    const others = getTabableElements().filter(
        (el) => el !== activeElement && !el.closest(".o_notification, [name^=mail-tracking-]")
    );
    const isNext = (el) =>
        activeElement.compareDocumentPosition(el) & Node.DOCUMENT_POSITION_FOLLOWING;
    return [...others.filter(isNext), ...others.filter((el) => !isNext(el)).reverse()];
}

/** Focus the first that can be, unless something has the focus. */
function focusFirst(candidates) {
    for (const el of candidates) {
        if (document.activeElement !== document.body) {
            return;
        }
        el.focus();
    }
}

/**
 * Move the focus to what comes next when the element that has it goes away. It would fall to the
 * body, and people who use the keyboard start over at the top of the page.
 *
 * @param {string} refName of the component's root
 */
export function useKeptFocus(refName) {
    const ref = useRef(refName);
    let candidates = [];
    const prepare = () => {
        candidates = ref.el?.contains(document.activeElement) ? getCandidates() : [];
    };
    onWillPatch(prepare);
    onPatched(() => focusFirst(candidates));
    onWillUnmount(() => {
        prepare();
        // the elements are removed after this
        Promise.resolve().then(() => focusFirst(candidates));
    });
}

/**
 * The same for a dialog, which gives the focus back to a button that may be gone by then.
 *
 * @returns {() => void} to be called when the dialog is closed
 */
export function rememberFocus() {
    const candidates = getCandidates();
    // in the first frame the dialog goes away
    return () =>
        browser.requestAnimationFrame(() =>
            browser.requestAnimationFrame(() => focusFirst(candidates))
        );
}
