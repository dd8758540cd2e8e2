"""A rule over many events."""

from odoo.tools import split_every

from .. import fill
from .meter import Meter, environment
from .webhooks import some_rows

__all__ = ["rule_events", "machine_opens"]

BATCH = 100
FAIL = """
UPDATE mail_tracking_email row
   SET state = 'error', error_type = 'network', model = message.model, res_id = message.res_id
  FROM mail_message message
 WHERE message.id = row.mail_message_id AND row.id = ANY(%s)
"""


def make_rule(env, trigger):
    """A rule that schedules an activity for the author."""
    return env["mail.tracking.rule"].create(
        {
            "name": "Bench",
            "trigger": trigger,
            "model_id": env["ir.model"]._get_id("res.partner"),
            "activity_type_id": env.ref("mail.mail_activity_data_todo").id,
        }
    )


def rule_events(registry, count):
    """Measure what the scheduled action does with so many failures that a rule waits for."""
    with environment(registry) as env:
        rule, rows = make_rule(env, "failed"), some_rows(env, count)
        env.cr.execute(FAIL, [rows.ids])
        env.invalidate_all()
        vals = {"event_type": "error", "error_type": "network", "is_awaited": True}
        Event = env["mail.tracking.event"]
        events = Event._log([{"tracking_email_id": row.id, **vals} for row in rows])
        env.flush_all()
        env.invalidate_all()
        batches = [Event.browse(ids) for ids in split_every(BATCH, events.ids, list)]
        with Meter() as meter:
            for batch in batches:
                env["mail.tracking.email"]._serve_awaited(batch)
                env.flush_all()
                env.invalidate_all()
        activities = len(rule.run_ids.activity_id)
        messages = len(set(rows.mapped("mail_message_id.id")))
        return meter.result(runs=len(rule.run_ids), messages=messages, activities=activities)


def machine_opens(registry, count):
    """Measure what a rule that waits for opens costs where machines load images."""
    with environment(registry) as env:
        make_rule(env, "opened")
        rows, Rule = some_rows(env, min(count, fill.RECIPIENTS)), env["mail.tracking.rule"]
        row, vals = rows[0], {"open_kind": "machine"}
        Rule._is_awaited(row, "open", {"open_kind": "person"})  # as any process has done before
        with Meter() as meter:
            awaited = sum(Rule._is_awaited(row, "open", vals) for _number in range(count))
        return meter.result(awaited=awaited)
