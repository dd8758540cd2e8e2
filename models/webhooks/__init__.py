from . import mail_tracking_event, mail_tracking_webhook, mail_tracking_webhook_day
