from . import mail_thread, mail_tracking_email
