"""Does jobs inside of Odoo: each is a line of JSON, and so is what was found."""

import gc
import importlib
import json
import os
import sys

# The addon's folder holds packages with names that others use too: it goes last.
sys.path[0:1] = []
sys.path.append(os.path.realpath(__file__ + "/../../.."))

from odoo.modules.registry import Registry  # noqa: E402
from odoo.service.server import load_server_wide_modules  # noqa: E402
from odoo.tools import config  # noqa: E402

MODULES = (
    "setup",
    "web_client",
    "reading",
    "sending",
    "webhooks",
    "upkeep",
    "reminders",
    "rules",
    "summary",
)


def main(args):
    """Load the database and do jobs until the other side closes."""
    config.parse_config(args, setup_logging=True)
    load_server_wide_modules()
    registry = Registry(config["db_name"][0])
    modules = [importlib.import_module(f"bench.inside.{name}") for name in MODULES]
    jobs = {word: getattr(module, word) for module in modules for word in module.__all__}
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        name, values = json.loads(line)
        found = jobs[name](registry, **values)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
