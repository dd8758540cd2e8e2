from . import (
    mail_message,
    mail_tracking_email,
    mail_tracking_event,
    mail_tracking_proof_check,
    report_proof,
)
