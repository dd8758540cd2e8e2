from . import ir_mail_server, mail_mail, mail_tracking_email
