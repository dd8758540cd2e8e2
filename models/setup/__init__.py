from . import mail_tracking_setup

# isort: split
from . import (
    check_authentication,
    check_mail,
    check_personal_servers,
    check_pixel,
    check_privacy,
    check_server,
    check_webhooks,
)
