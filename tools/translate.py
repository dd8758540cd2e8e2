# Part of mail_tracking. Licence: LGPL-3.
"""Texts to translate in files that know nothing of Odoo."""


def _lt(text: str) -> str:
    """Mark a text for the export of terms; `env._` translates it where it is shown."""
    return text
