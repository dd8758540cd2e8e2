from . import (
    mail_tracking_email,
    mail_tracking_erasure,
    mail_tracking_event,
    mail_tracking_evidence,
    mail_tracking_privacy,
)
