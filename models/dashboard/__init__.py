from . import mail_tracking_dashboard, mail_tracking_email
