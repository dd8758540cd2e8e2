from . import hooks_webhook
