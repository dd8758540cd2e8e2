"""Counts queries and takes the time, alike for plain Odoo and the addon."""

import gc
import time

from odoo import sql_db


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
        return {"queries": self.queries, "time": self.seconds, **more}
