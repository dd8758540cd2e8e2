from . import mail_tracking_evidence

# isort: split
from . import mail_tracking_email, mail_tracking_event

# the rooms extend these models
# isort: split
from . import (
    backend,
    chatter,
    contacts,
    dead_addresses,
    erasure,
    failures,
    gc,
    mailings,
    matching,
    opens,
    privacy,
    proof,
    receipts,
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
    webhooks,
    withdrawal,
)
