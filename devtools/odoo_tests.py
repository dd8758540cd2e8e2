"""Odoo with its tests of both positions run when everything is loaded.

Odoo runs the tests of position ``at_install`` of a module while no module behind it is loaded.
Tests of ``mail`` and of what sorts before this addon would never meet it. Run as a program, with
Odoo's own arguments.
"""

import sys
from pathlib import Path

# The folder of this file holds modules that nothing else may import by accident.
sys.path[:] = [entry for entry in sys.path if Path(entry) != Path(__file__).parent]

from odoo.cli.command import main  # noqa: E402
from odoo.tests import loader  # noqa: E402
from odoo.tests.suite import OdooSuite  # noqa: E402

make_suite = loader.make_suite


def make_late_suite(module_names, position="at_install"):
    """Return no tests while modules are loaded, and all of them afterwards."""
    if position == "at_install":
        return OdooSuite()
    tests = [*make_suite(module_names, "at_install"), *make_suite(module_names, "post_install")]
    return OdooSuite(sorted(tests, key=lambda test: getattr(test, "test_sequence", 0)))


loader.make_suite = make_late_suite

if __name__ == "__main__":
    main()
