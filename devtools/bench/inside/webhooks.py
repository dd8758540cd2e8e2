"""Events that services and mail programs report: webhooks and pixels."""

import importlib.util
import time
from pathlib import Path

from .. import fill
from .meter import Meter, environment

__all__ = ["webhook", "bare_events", "pixels", "opens"]

SAMPLES = Path(__file__).parents[3] / "tests/pure/webhook_samples.py"
PROVIDER = "sendgrid"


def services():
    """Return the services of the addon's tests, which sign as the real ones do."""
    spec = importlib.util.spec_from_file_location("webhook_samples", SAMPLES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SERVICES


def some_rows(env, count):
    """Return rows of mails that were sent and of which nothing else is known."""
    domain = [("state", "=", "sent"), ("id", ">=", fill.ROWS)]
    rows = env["mail.tracking.email"].search(domain, limit=count, order="id")
    if len(rows) < count:
        raise ValueError(f"There are {len(rows)} rows only.")
    return rows


def webhook(registry, count):
    """Measure a signed request with so many events."""
    service = services()[PROVIDER]
    with environment(registry) as env:
        hook = env["mail.tracking.webhook"].create(
            {"name": "Bench", "provider": PROVIDER, "base_url": "https://bench.example"}
        )
        hook.new_secret = service.secret
        changes = next(c for c, found in service.KINDS.values() if found == "delivered")
        rows = some_rows(env, count)
        now = time.time()
        events = [
            service.event(
                changes,
                token=row.token,
                recipient=row.recipient_address,
                number=number,
                time=now - 60,
            )
            for number, row in enumerate(rows)
        ]
        headers, body = service.request(events, now=now, url=hook.url)
        secret = hook.path_secret
        env.flush_all()
        env.cr.precommit.run()
        env.invalidate_all()
        with Meter() as meter:
            status = env["mail.tracking.webhook"]._receive(
                hook.id, secret, PROVIDER, headers, body, now
            )
            env.flush_all()
            env.cr.precommit.run()
        env.invalidate_all()
        delivered = len(rows.filtered(lambda row: row.state == "delivered"))
        return meter.result(status=status, delivered=delivered)


def bare_events(registry, count):
    """Measure creating so many events by the ORM, and nothing else."""
    with environment(registry) as env:
        now = time.time()
        vals_list = [
            {
                "tracking_email_id": row.id,
                "event_type": "delivered",
                "event_key": f"bench {number}",
                "source": PROVIDER,
                "timestamp": now,
                "time": env.cr.now(),
                "date": env.cr.now().date(),
                "recipient_address": row.recipient_address,
            }
            for number, row in enumerate(some_rows(env, count))
        ]
        with Meter() as meter:
            env["mail.tracking.event"].create(vals_list)
            env.flush_all()
        return meter.result()


def pixels(registry, count):
    """Return the rows and the paths of the images of some mails."""
    with environment(registry) as env:
        rows = some_rows(env, count)
        base = env["ir.config_parameter"].get_param("web.base.url")
        paths = [row._get_pixel_url().removeprefix(base) for row in rows]
        return {"rows": rows.ids, "paths": paths}


def opens(registry, rows):
    """Fold what waits; return how many opens were logged, and how many are counted."""
    with environment(registry, commit=True) as env:
        Tracking = env["mail.tracking.email"]
        while Tracking._fold_pending()[1]:
            env.cr.commit()
        env.invalidate_all()
        rows = Tracking.browse(rows)
        return {
            "events": env["mail.tracking.event"].search_count(
                [("tracking_email_id", "in", rows.ids), ("event_type", "=", "open")]
            ),
            "counted": sum(rows.mapped("open_count")) + sum(rows.mapped("machine_open_count")),
        }
