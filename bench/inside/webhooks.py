"""Events that services and mail programs report: webhooks and pixels."""

import importlib.util
import time
from functools import partial
from pathlib import Path

from odoo.models import MAGIC_COLUMNS

from .. import fill
from .meter import Meter

SAMPLES = Path(__file__).parents[2] / "tests/pure/webhook_samples.py"
PROVIDER = "sendgrid"


def some_rows(env, count):
    """Return rows of mails that were sent and of which nothing else is known."""
    domain = [("state", "=", "sent"), ("id", ">=", fill.ROWS), ("open_mode", "=", "identified")]
    rows = env["mail.tracking.email"].search(domain, limit=count, order="id")
    if len(rows) < count:
        raise ValueError(f"There are {len(rows)} rows only.")
    return rows


def webhook(env, count, outcome):
    """Measure a signed request with so many events of one kind."""
    rows, receive = prepare_request(env, count, outcome)
    with Meter() as meter:
        status = receive()
    env.invalidate_all()
    changed = rows.filtered(lambda row: row.state != "sent")
    return meter.result(status=status, logged=len(read_events(rows)), changed=len(changed))


def prepare_request(env, count, outcome):
    """Return rows, and a function that takes a request with an event for each."""
    # the services of the addon's tests sign as the real ones do
    spec = importlib.util.spec_from_file_location("webhook_samples", SAMPLES)
    spec.loader.exec_module(samples := importlib.util.module_from_spec(spec))
    service = samples.SERVICES[PROVIDER]
    Webhook = env["mail.tracking.webhook"]
    values = {"name": "Bench", "provider": PROVIDER, "base_url": "https://bench.example"}
    hook = Webhook.create(values)
    hook.new_secret = service.secret
    changes = next(c for c, found in service.KINDS.values() if found == outcome)
    rows = some_rows(env, count)
    now = time.time()
    event = partial(service.event, changes, time=now - 60)
    events = [
        event(token=row.token, recipient=row.recipient_address, number=number)
        for number, row in enumerate(rows)
    ]
    headers, body = service.request(events, now=now, url=hook.url)
    hook_id, secret = hook.id, hook.path_secret

    def receive():
        status, _answer = Webhook._receive(hook_id, secret, PROVIDER, headers, body, now)
        env.flush_all()
        env.cr.precommit.run()
        return status

    env.flush_all()
    env.cr.precommit.run()
    env.invalidate_all()
    return rows, receive


def read_events(rows):
    """Return the values of the events that the service reported, without what is empty."""
    fields = rows.tracking_event_ids._fields
    names = [name for name, field in fields.items() if field.store and name not in MAGIC_COLUMNS]
    events = rows.tracking_event_ids.filtered(lambda event: event.source == PROVIDER)
    return [
        {name: value for name, value in values.items() if name in names and value}
        for values in events.sorted("id").read(names, load=None)
    ]


def bare_events(env, count, outcome):
    """Measure creating the events of such a request by the ORM, and nothing else."""
    rows, receive = prepare_request(env, count, outcome)
    receive()
    env.invalidate_all()
    events = read_events(rows)
    env.cr.rollback()
    with Meter() as meter:
        env["mail.tracking.event"].create(events)
        env.flush_all()
    return meter.result()


def pixels(env, count):
    """Return the rows and the paths of the images of some mails."""
    rows = some_rows(env, count)
    base = env["ir.config_parameter"].get_param("web.base.url")
    paths = [row._get_pixel_url().removeprefix(base) for row in rows]
    return {"rows": rows.ids, "paths": paths}


def opens(env, rows, process=True):
    """Return how many opens were logged, and how many are counted; count what is pending first."""
    Tracking = env["mail.tracking.email"]
    if process:
        Tracking._process_pending_events()
        env.cr.commit()
        env.invalidate_all()
    rows = Tracking.browse(rows)
    return {
        "events": env["mail.tracking.event"].search_count(
            [("tracking_email_id", "in", rows.ids), ("event_type", "=", "open")]
        ),
        "counted": sum(rows.mapped("open_count")) + sum(rows.mapped("machine_open_count")),
    }
