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

    export interface Message {
        hasTrackedRecipients: boolean;
        partner_trackings: PartnerTracking[];
    }
}
