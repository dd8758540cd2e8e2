# Part of mail_tracking. Licence: LGPL-3. Pure Python, no Odoo import; nothing is imported here.
