from . import mail_tracking_evidence

# isort: split
from . import mail_tracking_email, mail_tracking_event, mail_tracking_webhook

# the rooms extend these models
# isort: split
from . import (
    chatter,
    contacts,
    failures,
    gc,
    mail_alias_domain,
    mail_mail_resend,
    mail_thread,
    mail_thread_resend,
    mail_tracking_email_match,
    mail_tracking_email_report,
    mail_tracking_email_search,
    mail_tracking_webhook_day,
    mail_tracking_webhook_receive,
    mailings,
    opens,
    resend,
    res_company,
    res_config_settings,
    sending,
    setup,
    state,
)
