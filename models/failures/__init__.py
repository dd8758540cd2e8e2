from . import mail_message, mail_notification, mail_thread, mail_tracking_email, res_users
