from . import (
    ir_model,
    mail_compose_message,
    mail_message_schedule,
    mail_template,
    mail_tracking_address,
    mail_tracking_consent,
    mail_tracking_count,
    mail_tracking_email,
    res_partner,
)
