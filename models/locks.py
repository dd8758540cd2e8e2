"""Locks that wait for nobody."""

from odoo.exceptions import LockError
from odoo.tools import SQL


def try_lock(records):
    """Lock those of these records that nobody else is writing, until the transaction ends.

    As ``try_lock_for_update``, but without an error in the log: where a record has changed since
    the transaction began, PostgreSQL raises one, and whoever asked comes again.

    :return: the records that are locked
    :raise psycopg2.errors.SerializationFailure: see above
    """
    query = SQL(
        "SELECT id, current_setting('transaction_isolation') FROM %s"
        " WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
        SQL.identifier(records._table),
        list(records._ids),
    )
    records.env.cr.execute(query, log_exceptions=False)
    isolation_by_id = dict(records.env.cr.fetchall())
    if "read committed" in isolation_by_id.values():
        records.invalidate_recordset()  # others may have written them since they were read
    return records.browse(record_id for record_id in records._ids if record_id in isolation_by_id)


def lock(records):
    """Lock all of these records.

    :raise LockError, psycopg2.errors.SerializationFailure: where somebody is writing one of them
    """
    if records and try_lock(records) != records:
        raise LockError(records.env._("Somebody else is changing these records at this moment"))
