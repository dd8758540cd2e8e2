from . import (
    hooks_call,
    ir_mail_server,
    mail_mail,
    mail_message,
    mail_tracking_email,
    mail_tracking_event,
    mail_tracking_setup,
    res_partner,
)
