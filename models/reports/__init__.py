from . import mail_alias_domain, mail_thread, mail_tracking_email
