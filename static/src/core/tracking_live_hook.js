import { useEffect } from "@odoo/owl";

import { useService } from "@web/core/utils/hooks";

/**
 * Hear of changes in the messages of a record while the component is mounted.
 *
 * @param {() => import("models").Thread|undefined} getThread the record
 */
export function useTrackingLive(getThread) {
    const live = useService("mail_tracking.live");
    useEffect(
        (model, id) => {
            if (!model || !Number.isInteger(id) || id <= 0) {
                return;
            }
            live.watch(model, id);
            return () => live.unwatch(model, id);
        },
        () => {
            const thread = getThread();
            return [thread?.model, thread?.id];
        }
    );
}
