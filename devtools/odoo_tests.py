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
#: Of the bundles that Odoo makes before tests with a browser, those that few of them ask for.
RARE_BUNDLES = ("unit_tests", "qunit", "tests_assets", "_dark")


def make_late_suite(module_names, position="at_install"):
    """Return no tests while modules are loaded, and all of them afterwards."""
    if position == "at_install":
        return OdooSuite()
    skip_rare_bundles()
    tests = [*make_suite(module_names, "at_install"), *make_suite(module_names, "post_install")]
    return OdooSuite(sorted(tests, key=lambda test: getattr(test, "test_sequence", 0)))


def skip_rare_bundles():
    """Let Odoo make bundles that few tests ask for when they are asked for."""
    from odoo.addons.base.models.ir_qweb import IrQweb  # found once the addons are

    get_bundles = IrQweb._get_bundles_to_pregenarate

    def get_common_bundles(self):
        return tuple(
            {name for name in names if not any(rare in name for rare in RARE_BUNDLES)}
            for names in get_bundles(self)
        )

    IrQweb._get_bundles_to_pregenarate = get_common_bundles


loader.make_suite = make_late_suite

if __name__ == "__main__":
    main()
