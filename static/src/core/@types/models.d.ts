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
        isInChatter: boolean;
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
        mail_tracking_failed_emails: number;
        mail_tracking_is_postmaster: boolean;
        reviewAllFailures: () => Promise<void>;
    }

    export interface Models {
        "mail.tracking.outcome": TrackingOutcome;
    }

    /** A failure whose message was deleted. */
    export interface FailedEmail {
        id: number;
        author: string;
        date: string;
        is_own: boolean;
        subject: string;
        tracking: PartnerTracking;
    }

    export interface Thread {
        failed_emails: FailedEmail[];
        reviewFailedEmail: (email: FailedEmail) => Promise<void>;
        failed_messages: Message[];
    }
}
