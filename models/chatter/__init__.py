from . import (
    ir_websocket,
    mail_message,
    mail_tracking_email,
    mail_tracking_email_details,
    mail_tracking_event,
    mail_tracking_evidence,
)
