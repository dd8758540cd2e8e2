from . import ir_http, mail_mail, mail_tracking_email
