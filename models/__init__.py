from . import mail_tracking_evidence

# isort: split
from . import mail_tracking_email, mail_tracking_event

# the rooms extend these models
# isort: split
from . import (
    answers,
    backend,
    chatter,
    contacts,
    dead_addresses,
    erasure,
    failures,
    gc,
    ledger,
    lists,
    mail_scheduled_message,
    mail_thread,
    mailings,
    matching,
    opens,
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
    warnings,
    webhooks,
    withdrawal,
)
