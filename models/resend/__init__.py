from . import mail_mail, mail_message, mail_thread, mail_tracking_email
