"""What sending costs: a queue of messages through SMTP, and a notification in the inbox."""

from markupsafe import Markup

from .. import fill
from .meter import Meter

BODY = Markup("<p>Dear customer,</p><p>here is what you asked for.</p>")


def use_smtp(env, port):
    """Send all mails to a port of this machine."""
    servers = env["ir.mail_server"]
    servers.search([]).active = False
    server = {"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port}
    servers.create({**server, "smtp_encryption": "none"})
    env.cr.commit()


def queue(env, messages, recipients):
    """Measure posting messages to so many contacts each, and sending the queue."""
    ids = [fill.PARTNERS + 10 + number for number in range(recipients)]
    with Meter() as posting:
        for number in range(messages):
            post(env, ids, subject=f"Offer {number}", force_send=False)
        env.cr.commit()
    with Meter() as sending:
        env(su=True)["mail.mail"].process_email_queue()
        env.cr.commit()
    return {
        "left": env(su=True)["mail.mail"].search_count([("state", "!=", "sent")]),
        "posting": posting.seconds,
        "queries": posting.queries + sending.queries,
        "time": posting.seconds + sending.seconds,
    }


def notify_inbox(env):
    """Measure a message to a user who gets no email."""
    user = env(su=True)["res.users"].search([("login", "=", fill.READER)])
    post(env, user.partner_id.ids)  # the registry is warm
    with Meter() as meter:
        message = post(env, user.partner_id.ids)
        env.flush_all()
    kinds = message.sudo().notification_ids.mapped("notification_type")
    return meter.result(inbox=kinds == ["inbox"])


def post(env, partner_ids, **values):
    """Post a message on a contact."""
    return (
        env["res.partner"]
        .browse(fill.PARTNERS + 1)
        .message_post(
            body=BODY,
            partner_ids=partner_ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **values,
        )
    )
