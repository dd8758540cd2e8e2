# Part of mail_tracking. Licence: LGPL-3.
"""Few examples and no example database, so that the suite stays fast and leaves nothing behind.

How long an example takes says something of the machine only.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "mail_tracking",
    max_examples=50,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("mail_tracking")
