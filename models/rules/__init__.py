from . import mail_tracking_rule

# isort: split
from . import (
    mail_tracking_email,
    mail_tracking_escalation,
    mail_tracking_event,
    mail_tracking_rule_actions,
    mail_tracking_rule_run,
    res_company,
    res_config_settings,
)
