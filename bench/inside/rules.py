"""A rule over many events."""

from odoo.tools import split_every

from .. import fill
from .meter import Meter
from .webhooks import some_rows

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


def failures(env, count):
    """Measure what the scheduled action does with so many failures that a rule waits for."""
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


def machine_opens(env, count):
    """Measure what a rule that waits for opens costs where machines load images."""
    make_rule(env, "opened")
    Rule, row = env["mail.tracking.rule"], some_rows(env, fill.RECIPIENTS)[0]
    Rule._is_awaited(row, "open", {"open_kind": "person"})  # as any process has done before
    with Meter() as meter:
        hits = (Rule._is_awaited(row, "open", {"open_kind": "machine"}) for _hit in range(count))
        reactions = sum(hits)
    return meter.result(reactions=reactions)
