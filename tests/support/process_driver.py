"""A process of its own for tests: runs jobs in children that can be killed at any moment.

Children are forked when the registry is loaded, as Odoo's own workers are. The words of a
job come on standard input, a line of JSON: its name, and the arguments of each child.
"""

import json
import os
import random
import sys
import traceback
from datetime import timedelta

import psycopg2
import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, sql_db
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.service.server import load_server_wide_modules
from odoo.tools import config

CONCURRENT = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.LockNotAvailable,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.UniqueViolation,
)


# ------------------------------------------------------------
# JOBS
# ------------------------------------------------------------


def job_fill_queue(env, port, recipients):
    """Queue mails: one for each list of addresses, with core's notifications."""
    env["mail.mail"].search([("state", "=", "outgoing")]).unlink()  # of the demo data
    env["ir.mail_server"].create(
        {"name": "Loopback", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
    )
    partners = env["res.partner"].create(
        [{"name": address, "email": address} for addresses in recipients for address in addresses]
    )
    by_address = dict(zip(partners.mapped("email"), partners.ids, strict=True))
    mails = env["mail.mail"].create(
        [
            {
                "subject": f"Mail {number}",
                "body_html": "<p>Hello</p>",
                "email_from": "sender@odoo.example",
                "recipient_ids": [(6, 0, [by_address[address] for address in addresses])],
                "auto_delete": True,
                "is_notification": True,
            }
            for number, addresses in enumerate(recipients)
        ]
    )
    env["mail.notification"].create(
        [
            {
                "mail_mail_id": mail.id,
                "mail_message_id": mail.mail_message_id.id,
                "res_partner_id": partner.id,
                "notification_type": "email",
                "notification_status": "ready",
            }
            for mail in mails
            for partner in mail.recipient_ids
        ]
    )


def job_send_queue(env):
    env["mail.mail"].process_email_queue()


def job_fill_rows(env, messages, recipients, secret):
    """Messages that were sent to so many recipients, an hour ago."""
    partners = env["res.partner"].create(
        [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(recipients)]
    )
    values = {"model": "res.partner", "res_id": partners[0].id, "author_id": env.user.partner_id.id}
    records = env["mail.message"].create([values] * messages)
    pairs = [(message, partner) for message in records for partner in partners]
    env["mail.notification"].create(
        [
            {
                "mail_message_id": message.id,
                "res_partner_id": partner.id,
                "notification_type": "email",
                "notification_status": "sent",
            }
            for message, partner in pairs
        ]
    )
    mails = env["mail.mail"].create(
        [{"mail_message_id": message.id, "state": "sent"} for message in records]
    )
    mail_of = dict(zip(records, mails.ids, strict=True))
    rows = env["mail.tracking.email"].create(
        [
            {
                "mail_message_id": message.id,
                "mail_id_int": mail_of[message],
                "partner_id": partner.id,
                "recipient": partner.email,
                "author_id": env.user.partner_id.id,
            }
            for message, partner in pairs
        ]
    )
    rows.event_create("sent", {"timestamp": 1_700_000_000.0})
    env["mail.tracking.webhook"].create(
        {"name": "W", "provider": "sparkpost", "base_url": "https://odoo.example"}
    ).new_secret = secret


def job_apply(env, events, seed, batch, as_webhook):
    """Apply events in an order of one's own, in batches, until all are taken.

    :param str events: file with a JSON list of event type, row and metadata
    :param int seed: for the order; 0 leaves them in theirs
    :param bool as_webhook: in the way of webhooks, or in that of reports by mail
    """
    with open(events) as file:
        found = json.load(file)
    if seed:
        order = random.Random(seed)  # noqa: S311
        found += order.sample(found, len(found) // 10)  # some come twice
        order.shuffle(found)
    for start in range(0, len(found), batch):
        part = found[start : start + batch]
        while not apply_part(env, part, as_webhook):
            continue


def apply_part(env, part, as_webhook):
    """Apply events in one transaction; tell whether that was possible."""
    Tracking = env["mail.tracking.email"]
    entries = [(Tracking.browse(row), kind, metadata) for kind, row, metadata in part]
    if as_webhook:
        env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        env.cr.execute("SELECT set_config('lock_timeout', '2s', true)")
    try:
        if as_webhook:
            Tracking._log_in_halves(entries)
        else:
            Tracking._log_events(entries)
        env.cr.commit()
    except CONCURRENT:  # the sender comes again
        env.cr.rollback()
        env.invalidate_all(flush=False)
        return False
    return True


def job_receive_while(env, text, change, row):
    """Take a mail as the gateway does, while another transaction changes something.

    :param str text: the source of the mail
    :param str change: an SQL statement
    :param int row: its argument
    """
    change_elsewhere(env, change, [row])
    env["mail.thread"].message_process("res.partner", text)
    env.cr.commit()


def job_send_while(env, change):
    """Send the queue in one transaction, while another one changes something."""
    change_elsewhere(env, change)
    env["mail.mail"].search([("state", "=", "outgoing")]).send()
    env.cr.commit()


def job_read_while(env, change, row):
    """Open the form of an email, while another transaction changes something.

    :param str change: an SQL statement
    :param int row: its argument, and the email
    """
    change_elsewhere(env, change, [row])
    env["mail.tracking.email"].browse(row).web_read({})
    env.cr.commit()


def change_elsewhere(env, change, params=None):
    """Change something that this transaction will not see, and cannot write any more."""
    env.cr.execute("SELECT 1")  # from now on it sees no changes of others
    with sql_db.db_connect(env.cr.dbname).cursor() as other:
        other.execute(change, params)


def job_resend(env, message, key, answers, is_busy=False):
    """Send a message again, as a request of the web client does.

    :param str key: what the dialog calls the recipient
    :param str answers: a folder, where the answer is left
    :param bool is_busy: somebody else is at the new mail when it is to be sent
    """
    if is_busy:
        type(env["mail.mail"])._send = raise_busy
    recipient = {"key": key, "email": "p0@example.com"}
    answer = retrying(lambda: env["mail.message"].browse(message).resend_to([recipient]), env)
    with open(os.path.join(answers, str(os.getpid())), "w") as file:
        json.dump(answer, file)


def raise_busy(self, *args, **kwargs):
    raise psycopg2.errors.SerializationFailure("could not serialize access")


def job_fill_notes(env, notes):
    """Contacts, each of whom is to have a note, with its number as the text."""
    partners = env["res.partner"].create([{"name": f"N{number}"} for number in range(notes)])
    for number, partner in enumerate(partners):
        partner.email = f"n{number}@notes.example.com"
    trackings = env["mail.tracking.email"].create(
        [{"partner_id": partner.id, "recipient": partner.email} for partner in partners]
    )
    trackings._apply_events(
        [
            {
                "tracking_email_id": tracking.id,
                "event_type": "hard_bounce",
                "recipient_address": tracking.recipient_address,
                "error_description": str(number),
                "is_pending": True,
            }
            for number, tracking in enumerate(trackings)
        ]
    )


def job_tell(env):
    env["mail.tracking.email"]._process_pending_events()


def job_fill_failed(env):
    """A rule, and events that it waits for; nobody has served them."""
    todo = env.ref("mail.mail_activity_data_todo")
    values = {"model_id": env["ir.model"]._get_id("res.partner"), "activity_type_id": todo.id}
    env["mail.tracking.rule"].create({"name": "Failed", "trigger": "failed", **values})
    rows = env["mail.tracking.email"].search([])
    events = rows._log_events([(row, "error", {"error_type": "network"}) for row in rows])
    events.is_pending = False  # those who serve them would wait for that
    env.cr.commit()


def job_serve(env):
    """What two runs of the scheduled action at once would do; busy ones come again."""
    while env["mail.tracking.event"].search_count([("is_awaited", "=", True)], limit=1):
        env["mail.tracking.email"]._process_awaited()
        env.cr.commit()


def job_fold_all(env):
    """Derive all states once more; what is stored is right if nothing changes."""
    env["mail.tracking.email"].search([])._fold()


def job_fold(env):
    """What the cron does, until nothing waits."""
    env["mail.tracking.email"]._process_pending_events()


def job_fill_reminders(env):
    """A reminder of each message that was sent, of its author, which is due."""
    user = env.ref("base.user_admin")
    messages = env["mail.message"].search([("mail_tracking_ids", "!=", False)])
    messages.author_id = user.partner_id
    due = fields.Datetime.now() - timedelta(minutes=1)
    env["mail.tracking.reminder"].with_user(user).sudo()._set(messages, "not_answered", due)


def job_set_reminders(env, number):
    """A user wants to be told of some messages, as a request does it."""
    user, Message = env.ref("base.user_admin"), env["mail.message"]
    for message in Message.search([("mail_tracking_ids", "!=", False)], limit=number, order="id"):
        retrying(lambda message=message: message.with_user(user).set_reminder("tell"), env)


def job_remind(env):
    env["mail.tracking.reminder"]._process_due()


def job_answer(env):
    """All emails are answered, one after the other, and the scheduled action hears of it."""
    for tracking in env["mail.tracking.email"].search([], order="id"):
        tracking.event_create("reply", {"event_key": f"reply:{tracking.id}"})
        env.cr.commit()
    env["mail.tracking.email"]._process_pending_events()


def job_check_incidents(env):
    env["mail.tracking.incident"]._check()


def job_retry_queue(env, port):
    """The mail server is back, and what failed is tried again."""
    env["ir.mail_server"].search([]).smtp_port = port
    env["mail.mail"].search([("state", "=", "exception")]).action_retry()
    env.cr.commit()
    env["mail.mail"].process_email_queue()


def job_fill_own_messages(env, port, addresses):
    """Mails with messages of their own, as templates make them; each failed once."""
    env["mail.mail"].search([("state", "=", "outgoing")]).unlink()
    env["ir.mail_server"].search([]).unlink()
    server = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
    env["ir.mail_server"].create({"name": "Loopback", **server})
    mails = env["mail.mail"].create(
        [
            {"email_from": "sender@odoo.example", "email_to": address, "auto_delete": True}
            for address in addresses
        ]
    )
    rows = env["mail.tracking.email"].search([("mail_id_int", "in", mails.ids)])
    rows._log_events([(row, "error", {"error_type": "network"}) for row in rows])
    mails.state = "exception"


def job_fill_person(env, address, number):
    """Emails to one person, every tenth of them failed, each with three events; and an answer."""
    rows = env["mail.tracking.email"].create([{"recipient": address}] * number)
    for kind, of_kind in (("sent", rows), ("hard_bounce", rows[::10]), ("open", rows[1::10])):
        for row in of_kind:
            row.state = "bounced" if kind == "hard_bounce" else row.state or "sent"
        env["mail.tracking.event"]._log(
            [
                {
                    "tracking_email_id": row.id,
                    "event_type": kind,
                    "recipient": address,
                    "recipient_address": address,
                    "error_description": f"said of <{address}>",
                }
                for row in of_kind
            ]
        )
    env["mail.tracking.consent"].record_answer(address, ["opens"], "no", "form")


def job_erase(env, address):
    """Erase a person as the second click does, and all of the rest."""
    if address:
        env["mail.tracking.erasure"]._start([address], env["res.partner"])
        env.cr.commit()
    env["mail.tracking.erasure"]._process_erasures()


def job_fill_uncounted(env, number):
    """Emails that were sent and that nobody has counted."""
    rows = env["mail.tracking.email"].create(
        [{"recipient": f"p{place}@d{place % 50}.example"} for place in range(number)]
    )
    rows._log_events([(row, "sent", {"smtp_server": f"s{row.id % 3}.example"}) for row in rows])


def job_change(env, seed, rounds):
    """Let some emails fail, again and again; busy ones are left out."""
    rng, Tracking = random.Random(seed), env["mail.tracking.email"]  # noqa: S311
    rows = Tracking.search([], order="id").ids
    for number in range(rounds):
        kind = rng.choice(["delivered", "deferral", "soft_bounce", "hard_bounce", "open"])
        part = [
            (kind, row, {"event_key": f"change:{seed}:{number}:{row}"})
            for row in rng.sample(rows, 40)
        ]
        while not apply_part(env, part, as_webhook=bool(number % 2)):
            continue


def job_delete(env, ids):
    env["mail.tracking.email"].browse(ids).unlink()


def job_count(env):
    """What the scheduled action does."""
    env["mail.tracking.day"]._process_uncounted()


def job_count_all(env):
    """The same, until nothing is left."""
    while env["mail.tracking.day"]._get_backlog():
        env["mail.tracking.day"]._process_uncounted()
        env.cr.commit()


# ------------------------------------------------------------
# PROCESSES
# ------------------------------------------------------------


def main(args):
    config.parse_config(args, setup_logging=True)
    load_server_wide_modules()
    registry = Registry(config["db_name"][0])
    sql_db.close_all()
    tell("READY", None)
    for line in sys.stdin:
        name, children = json.loads(line)
        pids = [fork(registry, globals()[f"job_{name}"], values) for values in children]
        tell("PIDS", pids)
        ended = dict(os.wait() for _pid in pids)
        tell("END", [os.waitstatus_to_exitcode(ended[pid]) for pid in pids])


def tell(word, value):
    sys.stdout.write(f"{word} {json.dumps(value)}\n")
    sys.stdout.flush()


def fork(registry, job, values):
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        with registry.cursor() as cr:
            job(api.Environment(cr, SUPERUSER_ID, {}), **values)
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)  # nothing of the parent's is ours to tidy


if __name__ == "__main__":
    main(sys.argv[1:])
