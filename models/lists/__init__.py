from . import ir_model, mail_message, mail_thread, res_config_settings
