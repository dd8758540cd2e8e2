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


def is_served(db):
    """Whether this server answers for that database on this host.

    :param str db: any text
    :rtype: bool
    """
    if request.db == db:
        return True
    if db in Registry.registries:
        return bool(http.db_filter([db]))
    return db in http.db_list(force=True) and is_installed(db)


def is_installed(db):
    """Whether a database has this addon; one that is empty, or being made, stays untouched.

    To load a registry would make tables there, or meet those of an installation that goes on.

    :param str db: a database that exists
    :rtype: bool
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
    """Whether no database can be had at all, so that nothing is known of any.

    :rtype: bool
    """
    try:
        list_dbs(force=True)
    except psycopg2.OperationalError:
        return True
    return False


@contextlib.contextmanager
def own_environment(db):
    """An environment of that database, in a transaction of its own.

    READ COMMITTED: a burst of requests that write the same rows waits in line, where the
    usual level would abort all but one. Rows must be locked before they are read.

    :param str db: a database for which ``is_served`` holds
    :raise psycopg2.Error, KeyError, AttributeError: when it is none of Odoo's, or down
    """
    if request.db == db and isinstance(request.env.cr, Cursor):
        with lent_cursor(request.env.cr) as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})
        return
    registry = Registry(db)
    if request.db != db:
        # core has done so for the database of the request only
        registry = registry.check_signaling()
    with registry.cursor() as cr:
        if isinstance(cr, Cursor):
            # the next one who borrows the connection sets the usual level
            cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
        yield api.Environment(cr, SUPERUSER_ID, {})


@contextlib.contextmanager
def lent_cursor(cr):
    """The cursor of a request that wrote nothing, for a transaction of READ COMMITTED.

    A second cursor costs as much as the whole rest of a small request.

    :param Cursor cr: of the request
    :raise psycopg2.Error: whatever went wrong; the request goes on, without a cursor where
        the connection is lost
    """
    try:
        cr.rollback()
        cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
        yield cr
        # what the request's own commit would do, but where it can be seen to fail
        cr.commit()  # pylint: disable=invalid-commit
    finally:
        if cr.connection.closed:
            cr.close()
        else:
            cr.rollback()
            cr.connection.set_isolation_level(ISOLATION_LEVEL_REPEATABLE_READ)
