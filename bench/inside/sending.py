"""What sending costs: a queue of messages through SMTP, and a notification in the inbox."""

from markupsafe import Markup

from .. import fill
from .meter import Meter, environment

__all__ = ["use_smtp", "send_queue", "notify_inbox"]

BODY = Markup("<p>Dear customer,</p><p>here is what you asked for.</p>")


def use_smtp(registry, port):
    """Send all mails to a port of this machine."""
    with environment(registry, commit=True) as env:
        servers = env["ir.mail_server"]
        servers.search([]).active = False
        server = {"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port}
        servers.create({**server, "smtp_encryption": "none"})
    return {}


def send_queue(registry, messages, recipients):
    """Measure posting messages to so many contacts each, and sending the queue."""
    ids = range(fill.PARTNERS + 10, fill.PARTNERS + 10 + recipients)
    with environment(registry, fill.SENDER, commit=True) as env:
        record = env["res.partner"].browse(fill.PARTNERS + 1)
        with Meter() as posting:
            for number in range(messages):
                post(record, list(ids), subject=f"Offer {number}", force_send=False)
            env.cr.commit()
        with Meter() as sending:
            env(su=True)["mail.mail"].process_email_queue()
            env.cr.commit()
        left = env(su=True)["mail.mail"].search_count([("state", "!=", "sent")])
    return {
        "left": left,
        "posting": posting.seconds,
        "queries": posting.queries + sending.queries,
        "seconds": posting.seconds + sending.seconds,
    }


def notify_inbox(registry):
    """Measure a message to a user who gets no email."""
    with environment(registry, fill.SENDER) as env:
        user = env(su=True)["res.users"].search([("login", "=", "bench_inbox")])
        record = env["res.partner"].browse(fill.PARTNERS + 1)
        post(record, user.partner_id.ids)  # the registry is warm
        with Meter() as meter:
            message = post(record, user.partner_id.ids)
            env.flush_all()
        kinds = message.sudo().notification_ids.mapped("notification_type")
        return meter.result(inbox=kinds == ["inbox"])


def post(record, partner_ids, **values):
    """Post a message."""
    return record.message_post(
        body=BODY,
        partner_ids=partner_ids,
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        **values,
    )
