from . import mail_tracking_answer, mail_tracking_consent, mail_tracking_wording
