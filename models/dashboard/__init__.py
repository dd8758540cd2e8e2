from . import mail_tracking_dashboard
