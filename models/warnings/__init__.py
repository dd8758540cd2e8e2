from . import mail_tracking_email, res_partner
