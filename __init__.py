# Part of mail_tracking. Licence LGPL-3.0 or later (see LICENSE).
from . import controllers, models
from .hooks import post_init_hook, uninstall_hook
