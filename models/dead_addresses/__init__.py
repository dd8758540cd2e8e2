from . import (
    ir_ui_menu,
    mail_mail,
    mail_tracking_correction,
    mail_tracking_email,
    res_company,
    res_config_settings,
    res_partner,
)
