from . import (
    mail_compose_message,
    mail_message,
    mail_thread,
    mail_tracking_email,
    mail_tracking_event,
    mail_tracking_reminder,
    mail_tracking_reminder_due,
    mail_tracking_reminder_words,
    res_company,
)
