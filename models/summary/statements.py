"""What counting asks of PostgreSQL. Others count meanwhile: numbers are added to what is there."""

from odoo.tools import SQL

from ...tools.summary import COUNTS


def lock_uncounted(ids, names):
    """Lock those of these emails that are not counted and that nobody else is changing.

    :param names: the columns that are read besides the ids of the email and of its record
    """
    return SQL(
        """
        SELECT id, day_id_int, %(names)s
          FROM mail_tracking_email
         WHERE id = ANY(%(ids)s) AND is_counted IS NOT TRUE
      ORDER BY id
           FOR NO KEY UPDATE SKIP LOCKED
        """,
        names=comma(map(SQL.identifier, names)),
        ids=list(ids),
    )


def add_to_days(changes):
    """Add to the numbers of records; of one record all emails are part of a number, or none.

    :param dict changes: id -> how many emails more, or fewer
    """
    sums = (
        SQL(
            "%(name)s = CASE WHEN day.%(name)s > 0 THEN day.%(name)s + change.number ELSE 0 END",
            name=SQL.identifier(name),
        )
        for name in COUNTS
    )
    return SQL(
        """
        UPDATE mail_tracking_day AS day SET %(sums)s, write_date = now() AT TIME ZONE 'UTC'
          FROM unnest(%(ids)s, %(numbers)s) AS change (id, number)
         WHERE day.id = change.id
     RETURNING day.id, day.emails
        """,
        sums=comma(sums),
        ids=list(changes),
        numbers=list(changes.values()),
    )


def create_days(names, rows):
    """Create records; where somebody else has just created one, add to theirs.

    :param names: the columns
    :param rows: their values
    """
    sums = (
        SQL("%(name)s = day.%(name)s + excluded.%(name)s", name=SQL.identifier(name))
        for name in COUNTS
    )
    return SQL(
        """
        INSERT INTO mail_tracking_day AS day (%(names)s) VALUES %(rows)s
            ON CONFLICT (key) DO UPDATE SET %(sums)s, write_date = excluded.write_date
     RETURNING key, id
        """,
        names=comma(map(SQL.identifier, names)),
        rows=comma(SQL("%s", row) for row in rows),
        sums=comma(sums),
    )


def note_counted(ids, day_ids):
    """Let emails know where they are counted.

    :param list ids: of the emails
    :param list day_ids: of the records, in the same order; None for none
    """
    return SQL(
        """
        UPDATE mail_tracking_email AS email SET is_counted = TRUE, day_id_int = counted.day_id
          FROM unnest(%s::int[], %s::int[]) AS counted (id, day_id)
         WHERE email.id = counted.id
        """,
        ids,
        day_ids,
    )


def comma(parts):
    return SQL(", ").join(parts)
