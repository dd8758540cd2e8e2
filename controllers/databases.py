"""Databases of requests without a session, which name their database in the address."""

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

from ..tools import tokens

#: What is locked for longer is left to the cron.
LOCK_TIMEOUT = "2s"


def is_served(db):
    """Whether this server answers for that database, whatever its name, on this host."""
    if request.db == db:
        return True
    if db in Registry.registries:
        return bool(http.db_filter([db]))
    return db in http.db_list(force=True) and is_installed(db)


def find_sealed(sealed, tag):
    """The database of this server that sealed something; None where there is none.

    One that was renamed fits no tag: it is found by the host name of the request.

    :param bytes sealed: what it sealed
    :param bytes tag: see ``tokens.db_tag``
    """
    for db in iter_databases():
        if db and tokens.db_tag(db, sealed) == tag and is_served(db):
            return db
    return request.db


def iter_databases():
    """Databases of this server, those first that cost nothing to know of; some come twice."""
    yield request.db
    yield from Registry.registries
    yield from http.db_list(force=True)


def is_installed(db):
    """Whether a database has this addon, asked without loading its registry.

    That would create tables in an empty database, and disturb an installation.
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
    """Whether PostgreSQL does not answer, so that nothing is known of any database."""
    try:
        list_dbs(force=True)
    except psycopg2.OperationalError:
        return True
    return False


@contextlib.contextmanager
def own_environment(db):
    """An environment of that database, in a transaction of its own with a short lock timeout.

    READ COMMITTED: a burst of requests that write the same records waits in line, where the
    usual level would abort all but one. Records must be locked before they are read.

    :param str db: a database for which ``is_served`` holds
    :raise psycopg2.Error, KeyError, AttributeError: when it is none of Odoo's, or down
    """
    if request.db == db and isinstance(request.env.cr, Cursor):
        cursor = reused_cursor(request.env.cr)
    elif request.db == db:  # core has looked whether the registry is up to date
        cursor = Registry(db).cursor()
    else:
        cursor = Registry(db).check_signaling().cursor()
    with cursor as cr:
        if isinstance(cr, Cursor):  # the transaction of a test has begun already
            # the next user of the connection sets the usual level
            cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
            cr.execute(SQL("SET LOCAL lock_timeout = %s", LOCK_TIMEOUT))
        yield api.Environment(cr, SUPERUSER_ID, {})


@contextlib.contextmanager
def reused_cursor(cr):
    """The cursor of a request that wrote nothing: a second one costs as much as a small request."""
    try:
        cr.rollback()
        yield cr
        # the request's own commit would come too late to answer that it failed
        cr.commit()  # pylint: disable=invalid-commit
    finally:
        if cr.connection.closed:
            cr.close()  # the request goes on without
        else:
            cr.rollback()
            cr.connection.set_isolation_level(ISOLATION_LEVEL_REPEATABLE_READ)
