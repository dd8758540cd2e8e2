"""Does jobs inside of Odoo: each is a line of JSON, and so is what was found."""

import gc
import importlib
import json
import os
import sys

# The addon's folder holds packages with names that others use too: it goes last.
sys.path[0:1] = []
sys.path.append(os.path.realpath(__file__ + "/../../.."))

from odoo import SUPERUSER_ID, api  # noqa: E402
from odoo.modules.registry import Registry  # noqa: E402
from odoo.service.server import load_server_wide_modules  # noqa: E402
from odoo.tools import config  # noqa: E402


def do(registry, job, login=None, **values):
    """Do a job, as a user or the superuser; only what it commits itself is kept.

    :param str job: file and function of this folder
    """
    file, name = job.split(".")
    function = getattr(importlib.import_module(f"bench.inside.{file}"), name)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if login:
            user = env["res.users"].search([("login", "=", login)])
            user.ensure_one()
            env = api.Environment(cr, user.id, {"allowed_company_ids": user.company_ids.ids})
        found = function(env, **values)
        cr.rollback()
    return found


def main(args):
    """Load the database and do jobs until the other side closes."""
    config.parse_config(args, setup_logging=True)
    load_server_wide_modules()
    registry = Registry(config["db_name"][0])
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        job, values = json.loads(line)
        sys.stdout.write(json.dumps(do(registry, job, **values)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
