"""A broken tracking never costs a mail: the one place that says so."""

import contextlib
import logging

from odoo.tools import SQL

_logger = logging.getLogger(__name__)


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
        _logger.exception("E-mail tracking failed while %s; %s", action, goes_on)


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


def lock_in_order(records):
    """Lock records that are about to change, until the end of the transaction.

    In the order of their numbers: two transactions that change the same records wait for
    one another, where each might else hold what the other one needs.

    :param records: of one model
    :return: those of them that are still there, and stay
    :raise psycopg2.Error: in a transaction that may not see what another one did to them;
        nothing is logged, as whoever asked comes again
    """
    if not records:
        return records
    query = "SELECT id FROM %s WHERE id IN %s ORDER BY id FOR NO KEY UPDATE"
    records.env.cr.execute(
        SQL(query, SQL.identifier(records._table), records._ids), log_exceptions=False
    )
    found = {row_id for (row_id,) in records.env.cr.fetchall()}
    return records.filtered(lambda record: record.id in found)
