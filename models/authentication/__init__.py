from . import ir_mail_server, mail_thread, mail_tracking_selector, mail_tracking_sending_domain
