"""Fields of contacts, and the bare SQL that lists are compared with."""

from .meter import Meter, environment

__all__ = ["contact_fields", "bare_sql"]


def contact_fields(registry, login, ids):
    """Measure the addon's fields of contacts that are read already."""
    with environment(registry, login) as env:
        partners = env["res.partner"].browse(ids)
        partners.mapped("email_normalized")
        env["mail.tracking.email"].browse(0).has_access("read")  # the rights are remembered
        with Meter() as meter:
            scores = partners.mapped("email_score")
            counts = partners.mapped("tracking_emails_count")
        return meter.result(found=sum(counts), scores=len(scores))


def bare_sql(registry, query):
    """Measure one query without the ORM."""
    with environment(registry) as env:
        with Meter() as meter:
            env.cr.execute(query)
            rows = env.cr.fetchall()
        return meter.result(found=len(rows))
