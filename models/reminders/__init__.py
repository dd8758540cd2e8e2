from . import mail_tracking_email, mail_tracking_event
