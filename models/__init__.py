from . import mail_tracking_evidence

# isort: split
from . import mail_tracking_email, mail_tracking_event

# the rooms extend these models
# isort: split
from . import (
    answers,
    authentication,
    backend,
    chatter,
    contacts,
    dashboard,
    dead_addresses,
    erasure,
    failures,
    gc,
    incidents,
    ledger,
    lists,
    mail_scheduled_message,
    mail_thread,
    mailings,
    matching,
    opens,
    personal_servers,
    privacy,
    proof,
    receipts,
    records,
    reminders,
    replies,
    reports,
    res_company,
    res_config_settings,
    resend,
    rules,
    sending,
    setup,
    state,
    summary,
    warnings,
    webhooks,
    withdrawal,
)
