"""A broken tracking never costs a mail: the one place that says so."""

import contextlib
import logging

import psycopg2.errors

_logger = logging.getLogger(__name__)

#: A transaction that is elsewhere in the same row: nothing is wrong, try later.
BUSY = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.LockNotAvailable,
    psycopg2.errors.DeadlockDetected,
)


@contextlib.contextmanager
def tracking_guard(action, goes_on="the mail goes on without it"):
    """Log and swallow whatever goes wrong with tracking inside the block.

    Broad on purpose, and the only place that is: any addon may extend the hooks
    that run inside, and none of their mistakes may stop a mail. Code inside that
    writes must do so in a :func:`tracking_savepoint`, so that the transaction of
    the mail stays usable.

    :param str action: what was being done, for the log
    :param str goes_on: what is none the worse for it, for the log
    """
    try:
        yield
    except Exception:
        _logger.exception("Email tracking failed while %s; %s", action, goes_on)


@contextlib.contextmanager
def tracking_savepoint(env):
    """A savepoint that leaves alone what others have still to write.

    The usual one flushes the whole transaction, twice, and with it tears apart what
    core would have written in one statement. Code inside has to flush its own
    changes; after a failure they are forgotten.

    :param Environment env: of the transaction
    """
    try:
        with env.cr.savepoint(flush=False):
            yield
    except Exception:
        for model in ("mail.tracking.email", "mail.tracking.event"):
            env[model].invalidate_model(flush=False)
        raise
