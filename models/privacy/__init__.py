from . import (
    ir_model,
    mail_template,
    mail_tracking_address,
    mail_tracking_consent,
    mail_tracking_count,
    mail_tracking_email,
    mail_tracking_wording,
)
