from . import mail_tracking_evidence

# isort: split
from . import mail_tracking_email, mail_tracking_event, mail_tracking_webhook

# the rooms extend these models
# isort: split
from . import (
    contacts,
    gc,
    ir_websocket,
    mail_alias_domain,
    mail_mail_resend,
    mail_message,
    mail_message_failed,
    mail_message_live,
    mail_message_resend,
    mail_notification,
    mail_thread,
    mail_thread_failed,
    mail_thread_resend,
    mail_tracking_email_chatter,
    mail_tracking_email_evidence,
    mail_tracking_email_failed,
    mail_tracking_email_lines,
    mail_tracking_email_match,
    mail_tracking_email_named,
    mail_tracking_email_popover,
    mail_tracking_email_report,
    mail_tracking_email_resend,
    mail_tracking_email_search,
    mail_tracking_event_words,
    mail_tracking_webhook_day,
    mail_tracking_webhook_receive,
    mailings,
    opens,
    res_company,
    res_config_settings,
    res_users,
    sending,
    setup,
    state,
)
