# Part of mail_tracking. Licence: LGPL-3.
"""Few examples and no example database, so that the suite stays fast and leaves nothing behind."""

from hypothesis import settings

settings.register_profile("mail_tracking", max_examples=50, deadline=None, database=None)
settings.load_profile("mail_tracking")
