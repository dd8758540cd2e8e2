"""Requests of programs that have no session name their database in the address."""

import contextlib

import psycopg2
from psycopg2.extensions import (
    ISOLATION_LEVEL_READ_COMMITTED,
    ISOLATION_LEVEL_REPEATABLE_READ,
)

from odoo import SUPERUSER_ID, api, http
from odoo.http import request
from odoo.modules.db import is_initialized
from odoo.modules.registry import Registry
from odoo.service.db import list_dbs
from odoo.sql_db import Cursor, db_connect
from odoo.tools import SQL

#: What a long transaction holds is not worth waiting for: the cron does the rest.
LOCK_TIMEOUT = "2s"


def is_served(db):
    """Whether this server answers for that database, whatever its name, on this host."""
    if request.db == db:
        return True
    if db in Registry.registries:
        return bool(http.db_filter([db]))
    return db in http.db_list(force=True) and is_installed(db)


def is_installed(db):
    """Whether a database has this addon; one that is empty, or being made, stays untouched.

    To load a registry would make tables there, or meet those of an installation that goes on.
    """
    with db_connect(db).cursor() as cr:
        if not is_initialized(cr):
            return False
        cr.execute(
            "SELECT FROM ir_module_module"
            " WHERE name = 'mail_tracking' AND state IN ('installed', 'to upgrade')"
        )
        return bool(cr.rowcount)


def is_postgres_down():
    """Whether no database can be had at all, so that nothing is known of any."""
    try:
        list_dbs(force=True)
    except psycopg2.OperationalError:
        return True
    return False


@contextlib.contextmanager
def own_environment(db):
    """An environment of that database, in a transaction of its own, which waits for no one long.

    READ COMMITTED: a burst of requests that write the same records waits in line, where the
    usual level would abort all but one. Records must be locked before they are read.

    :param str db: a database for which ``is_served`` holds
    :raise psycopg2.Error, KeyError, AttributeError: when it is none of Odoo's, or down
    """
    if request.db == db and isinstance(request.env.cr, Cursor):
        cursor = lent_cursor(request.env.cr)
    elif request.db == db:  # core has looked whether the registry is up to date
        cursor = Registry(db).cursor()
    else:
        cursor = Registry(db).check_signaling().cursor()
    with cursor as cr:
        if isinstance(cr, Cursor):  # the transaction of a test cannot be changed any more
            # the next one who borrows the connection sets the usual level
            cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
            cr.execute(SQL("SET LOCAL lock_timeout = %s", LOCK_TIMEOUT))
        yield api.Environment(cr, SUPERUSER_ID, {})


@contextlib.contextmanager
def lent_cursor(cr):
    """The cursor of a request that wrote nothing: a second one costs as much as a small request."""
    try:
        cr.rollback()
        yield cr
        # what the request's own commit would do, but where it can be seen to fail
        cr.commit()  # pylint: disable=invalid-commit
    finally:
        if cr.connection.closed:
            cr.close()  # the request goes on without
        else:
            cr.rollback()
            cr.connection.set_isolation_level(ISOLATION_LEVEL_REPEATABLE_READ)
