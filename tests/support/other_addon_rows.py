"""Rows as the other addon wrote them; see ``other_addon``."""

from .other_addon import STATES


def fill(cr, rows):
    """Add rows in all states with their events, four to a message, and what refers to them."""
    values = {"rows": rows, "messages": max(1, rows // 4), "states": list(STATES)}
    cr.execute(
        """INSERT INTO mail_message (message_type, author_id, record_company_id, message_id,
                  subject, date, model, res_id, email_to, email_cc, incoming_email_cc,
                  mail_tracking_needs_action)
           SELECT 'comment', 2, 1, '<' || n || '@old.example>', 'Offer ' || n, '2024-01-01',
                  'res.partner', 1 + n %% 3,
                  CASE WHEN n %% 3 = 0 THEN 'to' || n || '@x.example' END,
                  CASE WHEN n %% 3 < 2 THEN 'cc' || n || '@x.example' END,
                  CASE WHEN n %% 3 = 1 THEN 'kept@x.example' END, n %% 2 = 0
             FROM generate_series(1, %(messages)s) n""",
        values,
    )
    cr.execute("SELECT max(id) FROM mail_message")
    values["base"] = cr.fetchone()[0] - values["messages"]
    cr.execute(
        "INSERT INTO mail_mail (mail_message_id, state, is_notification) VALUES"
        " (%s, 'exception', true) RETURNING id",
        [values["base"] + 1],
    )
    values["mail"] = cr.fetchone()[0]
    cr.execute(
        """INSERT INTO mail_tracking_email (create_uid, create_date, write_uid, write_date, name,
                  display_name, timestamp, time, date, mail_message_id, mail_id, partner_id,
                  recipient, recipient_address, sender, state, error_smtp_server, error_type,
                  error_description, bounce_type, bounce_description, token)
           SELECT 1, moment, 1, moment, 'Offer ' || n, 'Offer ' || n || ' - P', 1700000000 + n,
                  moment, moment::date,
                  CASE WHEN n %% 17 > 0 THEN %(base)s + 1 + n %% %(messages)s END,
                  CASE WHEN n = 1 THEN %(mail)s END, CASE WHEN n %% 2 = 0 THEN 3 END,
                  'P' || n || ' <p' || n || '@example' || n %% 7 || '.com>',
                  CASE WHEN n %% 19 > 0 THEN 'p' || n || '@example' || n %% 7 || '.com' END,
                  'me@example.com', state, CASE WHEN state = 'error' THEN 'smtp.example.com' END,
                  CASE WHEN state = 'error' THEN 'smtp' END,
                  CASE WHEN state = 'error' THEN 'no route' END,
                  CASE WHEN state = 'bounced' THEN 'user_unknown' END,
                  CASE WHEN state = 'bounced' THEN '550 no such user' END,
                  CASE WHEN n %% 13 > 0 THEN md5(n::text) END
             FROM (SELECT n, (%(states)s::varchar[])[1 + n %% 11] AS state,
                          to_timestamp(1700000000 + n) AT TIME ZONE 'UTC' AS moment
                     FROM generate_series(1, %(rows)s) n) numbers""",
        values,
    )
    fill_events(cr)


def fill_events(cr):
    """Most rows were sent; what came after it is in the log, also what came too late."""
    for event_type, delay, condition in (
        ("sent", 1, "state <> 'error' AND id %% 5 > 0"),
        ("deferral", 60, "state = 'deferred'"),
        ("delivered", 60, "state IN ('delivered', 'opened') AND id %% 3 > 0"),
        ("open", 120, "state = 'opened'"),
        ("open", 180, "state = 'opened' AND id %% 2 = 0"),
        ("click", 240, "state = 'opened' AND id %% 4 = 0"),
        ("delivered", 300, "state = 'opened' AND id %% 3 > 0"),
        ("hard_bounce", 60, "state = 'bounced'"),
        ("soft_bounce", 60, "state = 'soft-bounced'"),
        ("reject", 60, "state = 'rejected'"),
        ("spam", 60, "state = 'spam'"),
        ("unsub", 60, "state = 'unsub'"),
    ):
        cr.execute(
            """INSERT INTO mail_tracking_event (create_uid, create_date, tracking_email_id,
                      event_type, timestamp, time, date, recipient, recipient_address,
                      smtp_server, ip, user_agent, error_details)
               SELECT 1, time, id, %(type)s, timestamp + %(delay)s,
                      time + %(delay)s * interval '1 second', date, recipient, recipient_address,
                      CASE WHEN %(type)s = 'sent' THEN 'smtp' || id %% 3 || '.example.com' END,
                      CASE WHEN %(type)s = 'open' THEN '192.0.2.1' END,
                      CASE WHEN %(type)s = 'open' THEN 'Thunderbird' END,
                      CASE WHEN %(type)s = 'hard_bounce' THEN 'details' END
                 FROM mail_tracking_email WHERE """  # noqa: S608
            + condition,
            {"type": event_type, "delay": delay},
        )
