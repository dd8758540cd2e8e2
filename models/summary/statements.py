"""What counting asks of PostgreSQL. Others count meanwhile: numbers are added to what is there."""

from odoo.tools import SQL

from ...tools.summary import COUNTS


def lock_uncounted(ids, names):
    """Lock those of these emails that are not counted and that nobody else is changing.

    :param names: the columns that are read besides where and as what it was counted
    """
    return SQL(
        """
        SELECT id, day_id_int, counted_as, %(names)s
          FROM mail_tracking_email
         WHERE id = ANY(%(ids)s) AND is_counted IS NOT TRUE
      ORDER BY id
           FOR NO KEY UPDATE SKIP LOCKED
        """,
        names=comma(map(SQL.identifier, names)),
        ids=list(ids),
    )


def add_to_days(changes, names_told):
    """Add to the numbers of records.

    :param dict changes: id -> what is added to each of ``COUNTS``, in their order
    :param names_told: columns that are returned besides the id and how many emails are left
    """
    names = [SQL.identifier(name) for name in COUNTS]
    return SQL(
        """
        UPDATE mail_tracking_day AS day SET %(sums)s, write_date = now() AT TIME ZONE 'UTC'
          FROM unnest(%(ids)s, %(numbers)s) AS change (id, %(names)s)
         WHERE day.id = change.id
     RETURNING day.id, day.emails, %(told)s
        """,
        told=comma(SQL("day.%s", SQL.identifier(name)) for name in names_told),
        sums=comma(SQL("%(name)s = day.%(name)s + change.%(name)s", name=name) for name in names),
        names=comma(names),
        ids=list(changes),
        numbers=comma(SQL("%s", list(numbers)) for numbers in zip(*changes.values(), strict=True)),
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


def note_counted(ids, day_ids, bits):
    """Let emails know where they are counted, and as what.

    :param list ids: of the emails
    :param list day_ids: of the records, in the same order; None for none
    :param list bits: as what, in the same order
    """
    return SQL(
        """
        UPDATE mail_tracking_email AS email
           SET is_counted = TRUE, day_id_int = counted.day_id, counted_as = counted.bits
          FROM unnest(%s::int[], %s::int[], %s::int[]) AS counted (id, day_id, bits)
         WHERE email.id = counted.id
        """,
        ids,
        day_ids,
        bits,
    )


def comma(parts):
    return SQL(", ").join(parts)
