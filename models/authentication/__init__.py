from . import mail_tracking_sending_domain
