from . import mail_message, mail_thread, mail_tracking_email
