declare module "models" {
    export interface PartnerTracking {
        tracking_id: number | false;
        status: string;
        status_human: string;
        error_type: string | false;
        error_description: string | false;
        /** Why it failed, without the answer of the server; null where that is not known apart. */
        reason: string | null;
        /** What is known, as a sentence. */
        evidence: string;
        is_answered: boolean;
        open_count?: number;
        click_count?: number;
        recipient: string;
        email: string | false;
        partner_id: number | false;
        isCc: boolean;
        state: string;
        time: string | false;
        shared: number;
    }

    /** What the server sends of a recipient; the rest is in the status and the contact. */
    export interface TrackingLine extends Partial<PartnerTracking> {
        id: number | false;
        partner: number | false;
        status: string;
        time: number | false;
    }

    /** What became of the last email about a record. */
    export interface LastEmail {
        message_id: number | false;
        time: string;
        label?: string;
        /** See `tools/last_email.py`. */
        outcome?: string;
        /** What its age is counted from. */
        since: string;
        recipients: PartnerTracking[];
        more: number;
    }

    export interface SharedStatus {
        id: string;
        values: Partial<PartnerTracking>;
    }

    export interface Message {
        canResolveFailure: boolean;
        failedTrackings: PartnerTracking[];
        hasTrackedRecipients: boolean;
        isInChatter: boolean;
        mail_tracking_needs_action: boolean;
        canBeRemindedOf: boolean;
        cancelReminder: (id: number) => Promise<void>;
        mail_tracking_opens: number;
        mail_tracking_reminders: import("@mail_tracking/reminders/reminder_text").Reminder[];
        partner_trackings: PartnerTracking[];
        reviewFailure: () => Promise<void>;
        threadAsFailed: Thread;
        tracking_lines: TrackingLine[];
    }

    export interface Store {
        addFailedMessage: (message: Message) => void;
        failed: Thread;
        fillFailedMailbox: () => void;
        mail_tracking_failed_emails: number;
        mail_tracking_is_postmaster: boolean;
        reviewAllFailures: () => Promise<void>;
        reviewFailures: (messages: Message[], emails?: FailedEmail[]) => Promise<void>;
        settleAllFailures: (count: number) => Promise<void>;
    }

    export interface Failure {
        otherNotifications: Notification[];
    }

    export interface Models {
        "mail.tracking.email": FailedEmail;
        "mail.tracking.status": SharedStatus;
    }

    /** A failure whose message was deleted. */
    export interface FailedEmail {
        id: number;
        author: string;
        date: luxon.DateTime;
        canReview: boolean;
        is_own: boolean;
        thread: Thread;
        subject: string;
        tracking: PartnerTracking;
    }

    export interface Thread {
        failed_emails: FailedEmail[];
        failed_messages: Message[];
    }
}
