from . import mail_tracking_rule
