from . import mail_tracking_incident
