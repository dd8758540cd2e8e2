from . import mail_tracking_webhook, mail_tracking_webhook_day

# isort: split
from . import receive
