"""A broken tracking never costs a mail: the one place that says so."""

import contextlib
import logging
import uuid

from odoo.exceptions import LockError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Somebody else is writing the same record: nothing is wrong, try later.
TRANSIENT_ERRORS = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, LockError)
BUSY = TRANSIENT_ERRORS


@contextlib.contextmanager
def tracking_guard(action, goes_on="the mail goes on without it", lets_through=()):
    """Log and swallow whatever goes wrong with tracking inside the block.

    Broad on purpose, and the only place that is: any addon may extend the hooks
    that run inside, and none of their mistakes may stop a mail. Code inside that
    writes must do so in a :func:`tracking_savepoint`, so that the transaction of
    the mail stays usable.

    :param str action: what was being done, for the log
    :param str goes_on: what is none the worse for it, for the log
    :param tuple lets_through: exceptions that are none of its business: with ``BUSY``,
        Odoo does all of it once more, which is for where no mail has left
    """
    try:
        yield
    except lets_through:
        raise
    except Exception:
        _logger.exception("Email tracking failed while %s; %s", action, goes_on)


@contextlib.contextmanager
def hooks_savepoint(env):
    """A savepoint around methods of other addons, which may leave something to be written.

    The usual one sends what waits for the commit, each time, and forgets it after a failure.

    :param Environment env: of the transaction
    """
    env.flush_all()
    try:
        with env.cr.savepoint(flush=False):
            yield
            env.flush_all()
    except Exception:
        env.transaction.clear()
        raise


class JoinedSavepoint:
    """A savepoint that goes to PostgreSQL together with the first statement after it.

    :param Cursor cr: of the transaction
    """

    def __init__(self, cr):
        self.cr = cr
        self.name = SQL.identifier(f"mail_tracking_{uuid.uuid4().hex}")
        self.is_open = False

    def begin(self):
        """Statements to be run first, in one round trip with another.

        :rtype: list[SQL]
        """
        self.is_open = True
        return [SQL("SAVEPOINT %s", self.name)]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_details):
        if not self.is_open:
            return
        if kind:
            self.cr.execute(SQL("ROLLBACK TO SAVEPOINT %s", self.name))
        self.cr.execute(SQL("RELEASE SAVEPOINT %s", self.name))


@contextlib.contextmanager
def tracking_savepoint(env, *, joined=False):
    """A savepoint that leaves alone what others have still to write.

    The usual one flushes the whole transaction, twice, and with it tears apart what
    core would have written in one statement. Code inside has to flush its own
    changes; after a failure they are forgotten.

    :param Environment env: of the transaction
    :param bool joined: whoever is inside begins it, see :class:`JoinedSavepoint`
    :return: the savepoint
    """
    models = [env[name] for name in ("mail.tracking.email", "mail.tracking.event")]
    for model in models:
        model.flush_model()  # what is of before
    try:
        with JoinedSavepoint(env.cr) if joined else env.cr.savepoint(flush=False) as savepoint:
            yield savepoint
    except Exception:
        for model in models:
            for field in model._fields.values():
                env._field_dirty.pop(field, None)
            model.invalidate_model(flush=False)
        raise
