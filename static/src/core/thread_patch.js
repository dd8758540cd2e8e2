import { FailedEmailsNotice } from "@mail_tracking/components/failed_emails_notice/failed_emails_notice";

import { Thread } from "@mail/core/common/thread";

Object.assign(Thread.components, { FailedEmailsNotice });
