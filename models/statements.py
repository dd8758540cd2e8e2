"""Statements for any number of records, each in one round trip.

The ORM inserts and updates in statements of a hundred rows. What happens to many mails at once
goes past it, where nothing stands in between: see ``doors``. Its cache and what depends on the
fields follow all the same.
"""

from collections import defaultdict

import psycopg2

from odoo.tools import SQL

from .columns import names_of, read_columns, table

LOCK_TIMEOUT = "2s"
SAVEPOINT = SQL.identifier("mail_tracking")


def with_log(model, vals_list):
    """Complete values of new records by defaults, and by who creates them and when, if kept.

    :param model: an empty recordset
    :param list vals_list: values as ``create`` takes them
    :return: fields that have a column, and the values
    :rtype: tuple
    """
    log = {}
    if model._log_access:
        now, uid = model.env.cr.now(), model.env.uid
        log = {"create_uid": uid, "create_date": now, "write_uid": uid, "write_date": now}
    # what has none may be without the company of the user, which is a query
    has_defaults = any(field.default for field in model._fields.values())
    defaults = model._add_missing_default_values({}) if has_defaults else {}
    defaults = {**defaults, **log}
    vals_list = [{**defaults, **vals} for vals in vals_list]
    fields = [model._fields[name] for name in sorted(set().union(*vals_list))]
    return [field for field in fields if field.store and field.column_type], vals_list


def insert(model, vals_list):
    """An INSERT.

    :param model: an empty recordset
    :param list vals_list: complete values
    :rtype: SQL
    """
    fields, vals_list = with_log(model, vals_list)
    return SQL(
        "INSERT INTO %s (%s) SELECT %s FROM %s AS new",
        SQL.identifier(model._table),
        names_of(fields),
        names_of(fields),
        table(fields, read_columns(fields, model, vals_list)),
    )


def updates(model, vals_by_id):
    """UPDATEs, one for all records that get values for the same fields.

    :param model: an empty recordset
    :param dict vals_by_id: record id -> values
    :rtype: list[SQL]
    """
    return [_update(model, *group) for group in _group(model, vals_by_id)]


def _group(model, vals_by_id):
    """Records that get values for the same fields, together: numbers, fields, columns."""
    ids_by_names = defaultdict(list)
    for record_id, vals in sorted(vals_by_id.items()):
        ids_by_names[tuple(sorted(vals))].append(record_id)
    for names, ids in ids_by_names.items():
        fields = [model._fields[name] for name in names]
        yield ids, fields, read_columns(fields, model, [vals_by_id[record_id] for record_id in ids])


def _update(model, ids, fields, columns):
    changes = [SQL("%(n)s = new.%(n)s", n=SQL.identifier(field.name)) for field in fields]
    if model._log_access:
        changes.append(SQL("write_uid = %s, write_date = %s", model.env.uid, model.env.cr.now()))
    return SQL(
        "UPDATE %(table)s SET %(changes)s FROM %(rows)s AS new WHERE %(table)s.id = new.id",
        table=SQL.identifier(model._table),
        changes=SQL(", ").join(changes),
        rows=table([model._fields["id"], *fields], [ids, *columns]),
    )


def update(records, vals_by_id, *first):
    """Write records in one round trip; the cache knows, and what depends on the fields.

    :param records: of one model
    :param dict vals_by_id: record id -> values of plain columns
    :param SQL first: statements to be run before, in the same round trip
    :raise AccessError: where the user may not write these records
    """
    if not vals_by_id and not first:
        return
    model = records.browse()
    groups = list(_group(model, vals_by_id))
    names = {field.name for _ids, fields, _columns in groups for field in fields}
    log = {"write_uid", "write_date"} if model._log_access else set()
    records = model.browse(vals_by_id)
    records.check_access("write")
    records.flush_recordset(names | log)
    run(records.env.cr, [*first, *(_update(model, *group) for group in groups)])
    _remember(model, groups)


def remember(records, vals_by_id):
    """Let the cache know what was written past the ORM, and what depends on it.

    Nothing may have waited to be written to these fields, nor to who wrote the records and
    when: it would be lost, and be missed at the next flush.

    :param records: which were written
    :param dict vals_by_id: record id -> values of plain columns
    """
    model = records.browse()
    _remember(model, list(_group(model, vals_by_id)))


def _remember(model, groups):
    log = ["write_uid", "write_date"] if model._log_access else []
    for ids, fields, columns in groups:
        written = model.browse(ids)
        names = [field.name for field in fields]
        written.invalidate_recordset([*names, *log], flush=False)
        for field, column in zip(fields, columns, strict=True):
            field._insert_cache(written, column)
        written.modified(names)


def lock_timeout(timeout):
    """A statement that sets how long locks are waited for, in this transaction from now on.

    :param str timeout: for each, with its unit
    :rtype: SQL
    """
    return SQL("SELECT set_config('lock_timeout', %s, true)", timeout)


def lock(model, condition, fields, *, first=(), skip_locked=False, timeout=None):
    """Lock records until the end of the transaction, and read them as they are then.

    In the order of their numbers: two transactions that change the same records wait for
    one another, where each might else hold what the other one needs.

    :param model: an empty recordset, with sudo
    :param SQL condition: which ones
    :param list fields: plain columns to read
    :param first: statements to be run before, in the same round trip
    :param bool skip_locked: leave out those that somebody else has locked
    :param str timeout: how long to wait for each, in this transaction from now on
    :return: the records
    :raise psycopg2.Error: in a transaction that may not see what another one did to them;
        nothing is logged, as whoever asked comes again
    """
    query = SQL(
        "%s%sSELECT id, %s FROM %s WHERE %s ORDER BY id FOR NO KEY UPDATE %s",
        SQL("%s; ", lock_timeout(timeout)) if timeout else SQL(),
        SQL().join(SQL("%s; ", statement) for statement in first),
        names_of(fields),
        SQL.identifier(model._table),
        condition,
        SQL("SKIP LOCKED") if skip_locked else SQL(),
    )
    model.flush_model()
    model.env.cr.execute(query, log_exceptions=False)
    found = model.env.cr.fetchall()
    ids, *columns = zip(*found, strict=True) if found else [()]
    records = model.browse(ids)
    # another transaction may have changed them since they were read
    records.invalidate_recordset([field.name for field in fields], flush=False)
    for field, column in zip(fields, columns, strict=bool(found)):
        field._insert_cache(records, column)
    return records


def run(cr, statements):
    """Run statements in one round trip, if there are any.

    :param Cursor cr: of the transaction
    :param statements: of :class:`SQL`
    """
    if statements:
        cr.execute(SQL("; ").join(statements), log_exceptions=False)


def execute_guarded(cr, statements, last=None):
    """Run statements in a savepoint, all in one round trip.

    :param Cursor cr: of the transaction
    :param list statements: of :class:`SQL`, whose results are lost
    :param SQL last: a statement whose result is to be fetched from the cursor
    :raise psycopg2.Error: whatever went wrong; the transaction stays usable
    """
    guarded = [
        SQL("SAVEPOINT %s", SAVEPOINT),
        *statements,
        SQL("RELEASE SAVEPOINT %s", SAVEPOINT),
        # the driver keeps the result of the last one only
        *([last] if last else []),
    ]
    try:
        cr.execute(SQL("; ").join(guarded), log_exceptions=False)
    except psycopg2.Error:
        cr.execute(SQL("ROLLBACK TO SAVEPOINT %s", SAVEPOINT))
        cr.execute(SQL("RELEASE SAVEPOINT %s", SAVEPOINT))
        raise
