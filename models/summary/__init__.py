from . import (
    mail_tracking_counts,
    mail_tracking_day,
    mail_tracking_day_total,
    mail_tracking_domain,
    mail_tracking_email,
)
