"""The events of trackings, as the fold reads them from the log."""

from odoo.tools import SQL

from ...tools import events as ev

#: What a tracking takes over from the event *sent*; the last one decides.
SENT_FIELDS = ("smtp_server", "queue_id", "delivery_report")
#: The same of the last one of which it was decided what may be known: together, or not at all.
MODE_FIELDS = ("open_mode", "open_mode_reason", "click_mode")
#: What the fold reads of an event.
FOLDED_FIELDS = (
    "id",
    "tracking_email_id",
    "event_type",
    "timestamp",
    "open_kind",
    "time",
    "smtp_server",
    "reporting_server",
    "final_recipient",
    "retry_until",
    "dead_since",
    "is_unproven",
    "delivery_report",
    "queue_id",
    *MODE_FIELDS,
    "error_type",
    "error_description",
    "error_code",
    "error_status",
)


def lock_and_select(tracking_ids):
    """The query that locks trackings and reads their events, oldest first.

    One query instead of two. Nobody is waited for: what somebody else is writing is left out. A
    tracking without events has a row without one. Where transactions read what others commit
    meanwhile, the events have to be read once more.

    Of events alike the first and the last are read, and counted: nothing else of them decides
    anything, and a mail may be opened thousands of times.
    """
    return SQL(
        """
        WITH locked AS (
             SELECT id, current_setting('transaction_isolation') AS isolation
               FROM mail_tracking_email
              WHERE id = ANY(%(ids)s)
           ORDER BY id
                FOR NO KEY UPDATE SKIP LOCKED)
        SELECT event.*, locked.id AS tracking_email_id, isolation
          FROM locked
     LEFT JOIN (SELECT %(names)s, count(*) OVER alike AS number,
                       row_number() OVER (alike ORDER BY timestamp, id) AS place
                  FROM mail_tracking_event
                 WHERE tracking_email_id = ANY(%(ids)s)
                WINDOW alike AS (PARTITION BY tracking_email_id, event_type, open_kind,
                                              is_unproven, open_mode IS NULL)) AS event
            ON event.tracking_email_id = locked.id AND (place = 1 OR place = number)
      ORDER BY event.id
        """,
        names=SQL(", ").join(map(SQL.identifier, FOLDED_FIELDS)),
        ids=list(tracking_ids),
    )


def read(rows, claims):
    """What the fold makes of these rows.

    :param list rows: dicts, of the query
    :param dict claims: see ``_get_event_claims``
    :return: tracking id -> {``tools.events.Event``: values}
    """
    result = {}
    for vals in rows:
        events = result.setdefault(vals["tracking_email_id"], {})
        if vals["id"] is None:
            continue
        event = ev.Event(
            vals["event_type"],
            vals["timestamp"] or 0.0,
            vals["open_kind"] or "",
            ref=vals["id"],
            count=1 if vals["place"] == 1 else vals["number"] - 1,
            unproven=bool(vals["is_unproven"]),
            claim=claims.get(vals["event_type"]),
        )
        events[event] = vals
    return result
