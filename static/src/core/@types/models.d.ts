declare module "models" {
    export interface PartnerTracking {
        tracking_id: number | false;
        status: string;
        status_human: string;
        error_type: string | false;
        error_description: string | false;
        evidence: string;
        recipient: string;
        email: string | false;
        partner_id: number | false;
        isCc: boolean;
        state: string;
        time: string | false;
        shared: number;
    }

    /** Tracking, contact, outcome, seconds since 1970, and what the contact does not tell. */
    export type TrackingRow = [
        number | false,
        number | false,
        string,
        number | false,
        Partial<PartnerTracking>?,
    ];

    export interface TrackingOutcome {
        id: string;
        values: Partial<PartnerTracking>;
    }

    export interface Message {
        canMendFailure: boolean;
        failedTrackings: PartnerTracking[];
        hasTrackedRecipients: boolean;
        mail_tracking_needs_action: boolean;
        partner_trackings: PartnerTracking[];
        reviewFailure: () => Promise<void>;
        threadAsFailed: Thread;
        tracking_rows: TrackingRow[];
    }

    export interface Store {
        addFailedMessage: (message: Message) => void;
        failed: Thread;
        fillFailedMailbox: () => void;
        mail_tracking_is_postmaster: boolean;
        reviewAllFailures: () => Promise<void>;
    }

    export interface Models {
        "mail.tracking.outcome": TrackingOutcome;
    }

    export interface Thread {
        failed_messages: Message[];
    }
}
