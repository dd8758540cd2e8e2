from . import (
    base_partner_merge,
    mail_bounced_mixin,
    mail_tracking_email,
    res_partner,
)
