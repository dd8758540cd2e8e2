from . import ir_http, mail_tracking_email
