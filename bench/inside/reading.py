"""What people look at, as far as no request of theirs shows it; and the bare SQL beside it."""

from lxml import etree

from odoo.tools.safe_eval import safe_eval

from .. import fill
from .meter import Meter

MODEL = "mail.tracking.email"
#: All that is recent was written by one author, and one recipient of each of the messages of that
#: author was never reached, for Odoo's notifications.
FAIL = """
UPDATE mail_message SET author_id = %(author)s
 WHERE id >= %(first)s AND date >= now() AT TIME ZONE 'UTC' - %(days)s * interval '1 day';
UPDATE mail_notification notification
   SET author_id = %(author)s, failure_type = 'mail_email_invalid',
       notification_status = CASE WHEN notification.id %% %(recipients)s = 1 THEN 'bounce'
                             ELSE 'sent' END
  FROM mail_message message
 WHERE message.id = notification.mail_message_id AND message.author_id = %(author)s
   AND notification.notification_type = 'email';
"""


def groups_limit(env):
    """Return how many groups the list shows at once."""
    arch = etree.fromstring(env[MODEL].get_view(view_type="list")["arch"])
    return int(arch.get("groups_limit") or 80)


def search_domain(env, text):
    """Return the domain that the search view makes of a text typed into it, with Enter."""
    field = etree.fromstring(env[MODEL].get_view(view_type="search")["arch"]).find("field")
    if field.get("filter_domain"):
        return safe_eval(field.get("filter_domain"), {"self": text})
    return [(field.get("name"), field.get("operator") or "ilike", text)]


def author(env):
    """Return who a user is, as an author of messages."""
    return env.user.partner_id.id


def fail_messages(env, days):
    """Let the messages of an author fail, among them all of the last days."""
    values = {"author": env.user.partner_id.id, "days": days}
    env.cr.execute(FAIL, {**values, "first": fill.MESSAGES, "recipients": fill.RECIPIENTS})
    env.cr.commit()


def contact_fields(env, ids):
    """Measure the addon's fields of contacts that are read already."""
    partners = env["res.partner"].browse(ids)
    partners.mapped("email_normalized")
    env[MODEL].browse(0).has_access("read")  # the rights are remembered
    with Meter() as meter:
        partners.mapped("email_score")
        partners.mapped("tracking_emails_count")
    return meter.result()


def contact_form(env, contact):
    """Measure reading a contact with all fields of its form."""
    views = env["res.partner"].get_views([(False, "form")])
    specification = {name: {} for name in views["models"]["res.partner"]["fields"]}
    partner = env["res.partner"].browse(contact)
    partner.web_read(specification)  # the rights are remembered
    env.invalidate_all()
    with Meter() as meter:
        partner.web_read(specification)
    return meter.result()


def bare_sql(env, query):
    """Measure one query without the ORM."""
    with Meter() as meter:
        env.cr.execute(query)
        env.cr.fetchall()
    return meter.result()
