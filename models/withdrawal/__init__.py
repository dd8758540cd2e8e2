from . import mail_mail, mail_tracking_consent
