"""The scheduled action of reminders, with many of them waiting."""

from .. import fill
from .meter import Meter

#: of the first author, who sent none of most of these messages: nobody asks
WAITING = """
INSERT INTO mail_tracking_reminder (message_id, user_id, kind, since, deadline, state)
    SELECT message.id, users.id, 'not_answered', message.date,
           now() AT TIME ZONE 'UTC' + interval '30 days' + message.id %% 1000 * interval '1 hour',
           'waiting'
      FROM mail_message message, res_users users
     WHERE users.login = 'bench_author_00' AND message.id >= %s
     ORDER BY message.id LIMIT %s;
ANALYZE mail_tracking_reminder;
"""


def make(env, count):
    """Have one user wait for so many answers, none of them due; return how many there are."""
    env.cr.execute(WAITING, [fill.MESSAGES, count])
    env.cr.commit()
    return env["mail.tracking.reminder"].search_count([("state", "=", "waiting")])


def remind(env):
    """Measure a run of the scheduled action."""
    env["mail.tracking.reminder"].search([], limit=1)
    with Meter() as meter:
        env["mail.tracking.reminder"]._process_due()
    env.cr.commit()
    return meter.result()


def drop(env):
    """Leave no reminder behind."""
    env.cr.execute("DELETE FROM mail_tracking_reminder")
    env.cr.commit()
