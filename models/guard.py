"""A broken tracking never costs a mail, and waits for nobody: the one place that says so."""

import contextlib
import logging

from psycopg2.errors import InFailedSqlTransaction
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from odoo.exceptions import AccessError, LockError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: key of the new mails of a transaction that have no trackings yet: environment -> ids
NEW_MAILS = "mail_tracking.new_mails"

#: key that says that pending events are processed after the commit
WOKEN = "mail_tracking.woken"

#: key of what ``bus.bus`` sends to browsers with the commit
BUS_VALUES = "bus.bus.values"

#: Somebody else is writing the same record: nothing is wrong, try later.
TRANSIENT_ERRORS = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, LockError)


class Batch:
    """Base of ``SendBatch``, which is in the context while mails are sent."""


def get_batch(env):
    """The ``SendBatch`` of the mails that are being sent, None where there is none.

    Clients send a context of their own, in which anything but such an object may be.
    """
    batch = env.context.get("mail_tracking_batch")
    return batch if isinstance(batch, Batch) else None


@contextlib.contextmanager
def tracking_guard(action, goes_on="the mail goes on without it", lets_through=()):
    """Log and swallow whatever goes wrong with tracking inside the block.

    Broad on purpose, and the only place that is: any addon may extend the hooks
    that run inside, and none of their mistakes may stop a mail. Code inside that
    writes must do so in a ``tracking_savepoint``, so that the transaction of the mail stays usable.

    :param str action: what was being done, for the log
    :param str goes_on: what is none the worse for it, for the log
    :param tuple lets_through: exceptions that are none of its business: with ``TRANSIENT_ERRORS``,
        Odoo does all of it once more, which is for where no mail has left
    :return: a list that holds the exception afterwards, if there was one
    """
    caught = []
    try:
        yield caught
    except lets_through:
        raise
    except Exception as exception:
        caught.append(exception)
        _logger.exception("Email tracking failed while %s; %s", action, goes_on)


@contextlib.contextmanager
def tracking_savepoint(env):
    """A savepoint in the transaction of somebody else, who is not done with it.

    The usual one runs what waits for the commit, so Odoo would announce the changes of a record
    before all of them are made. Where each mail is committed, it is released by that, which saves a
    query; without a commit they would pile up.

    :param Environment env: of the transaction
    :return: a function that undoes what was done since, and lets the block go on
    """
    env.flush_all()
    env["mail.tracking.email"].flush_model()  # creates those of new mails
    env.flush_all()
    precommit = env.cr.precommit.data
    announced = list(precommit.get(BUS_VALUES, ()))
    savepoint = env.cr.savepoint(flush=False)

    def undo():
        savepoint.rollback()
        env.transaction.clear()
        precommit.pop(NEW_MAILS, None)
        precommit.pop(WOKEN, None)
        if announced or precommit.get(BUS_VALUES):  # browsers are not told of what was undone
            env["bus.bus"]._ensure_hooks()
            precommit[BUS_VALUES][:] = announced

    try:
        yield undo
        env.flush_all()
        check_usable(env.cr)
    except BaseException:
        undo()
        savepoint.close(rollback=False)
        raise
    batch = get_batch(env)
    if not (batch and batch.auto_commit):
        savepoint.close(rollback=False)


def check_usable(cr):
    """Make sure that nobody swallowed an error of PostgreSQL, after which nothing more is stored.

    It would come out after the mail has left, which would then be sent again. The connection
    knows: this is no query.

    :raise psycopg2.errors.InFailedSqlTransaction: see above
    """
    if cr.connection.get_transaction_status() == TRANSACTION_STATUS_INERROR:
        raise InFailedSqlTransaction("somebody swallowed an error of PostgreSQL")


def run_in_halves(records, run, action, lets_through=PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
    """Run something on records; one that makes it fail is found by halving, and costs no other.

    :param run: called with records
    :param str action: what is being done, for the log
    :param tuple lets_through: exceptions that are raised instead, by default those of PostgreSQL
        where it could not do it at the same time as something else
    :return: the other exceptions
    """
    if not records:
        return []
    with (
        tracking_guard(action, "others go on", lets_through) as errors,
        tracking_savepoint(records.env),
    ):
        run(records)
        return []
    if len(records) == 1:
        return errors
    middle = len(records) // 2
    return [
        error
        for half in (records[:middle], records[middle:])
        for error in run_in_halves(half, run, action, lets_through)
    ]


def try_lock(records):
    """Lock those of these records that nobody else is writing, until the transaction ends.

    As ``try_lock_for_update``, but without an error in the log: where a record has changed since
    the transaction began, PostgreSQL raises one, and the caller tries again.

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


# Fields that this addon adds to models of others follow from evidence: the rights on a record of
# another model say nothing about them, and only our code writes them.


def check_kept(records, names, vals_list):
    """Make sure that no user writes such fields.

    :param records: about to be written, or the model of those about to be created
    :param names: of the fields
    :param list vals_list: what is to be written
    :raise AccessError: for users, administrators included
    """
    if records.env.su:
        return
    for name in names:
        if any(name in vals for vals in vals_list):
            raise AccessError(
                records.env._(
                    "%(field)s is set by email tracking and cannot be changed by hand.",
                    field=records._fields[name]._description_string(records.env),
                )
            )


def without_defaults(records, names):
    """These records with a context that gives no such field a value.

    Core creates records for users past their rights, with the context that a client sent.

    :param records: of any model
    :param names: of the fields
    """
    keys = {f"default_{name}" for name in names}
    context = records.env.context
    if keys.isdisjoint(context):
        return records
    kept = {key: value for key, value in context.items() if key not in keys}
    return records.with_env(records.env(context=kept))
