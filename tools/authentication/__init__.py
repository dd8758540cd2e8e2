# Part of mail_tracking. Licence: LGPL-3.
"""Whether emails prove who sent them; pure Python, told by a function what DNS says."""
