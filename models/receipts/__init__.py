from . import (
    mail_compose_message,
    mail_mail,
    mail_message,
    mail_template,
    mail_tracking_email,
)
