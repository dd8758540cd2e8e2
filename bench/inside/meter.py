"""Counts queries and takes the time, alike for plain Odoo and the addon."""

import gc
import time
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, sql_db


@contextmanager
def environment(registry, login=None, *, commit=False):
    """Give the environment of a user, or the superuser, in a transaction of its own."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if login:
            user = env["res.users"].search([("login", "=", login)])
            user.ensure_one()
            env = api.Environment(cr, user.id, {"allowed_company_ids": user.company_ids.ids})
        yield env
        if not commit:
            cr.rollback()


class Meter:
    """Queries of all cursors, and seconds, of a block."""

    def __enter__(self):
        gc.collect()
        gc.disable()
        self.queries = -sql_db.sql_counter
        self.seconds = -time.perf_counter()
        return self

    def __exit__(self, *_details):
        self.seconds += time.perf_counter()
        self.queries += sql_db.sql_counter
        gc.enable()

    def result(self, **more):
        """Return what was found, for the other side."""
        return {"queries": self.queries, "seconds": self.seconds, **more}
