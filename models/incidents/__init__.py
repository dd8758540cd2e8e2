from . import mail_tracking_incident

# isort: split
from . import (
    check,
    check_incoming,
    check_numbers,
    check_queue,
    check_servers,
    mail_mail,
    mail_tracking_email,
    mail_tracking_event,
    mail_tracking_setup,
    res_users,
    tell,
)
