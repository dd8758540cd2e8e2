from . import mail_message, mail_tracking_email
