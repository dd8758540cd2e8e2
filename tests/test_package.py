"""The package that others install: built, installed, started."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from odoo.tests import tagged

from .support.process_common import SECONDS, ProcessCase

ROOT = Path(__file__).resolve().parent.parent


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestPackage(ProcessCase):
    def pip(self, *args):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "pip", "--disable-pip-version-check", *args],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=self.dir,
        )
        self.assertFalse(done.returncode, done.stdout[-3000:] + done.stderr[-3000:])

    def test_odoo_starts_with_the_installed_wheel(self):
        if not (ROOT / "pyproject.toml").is_file():
            self.skipTest("this is an installed package itself")
        self.pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", self.dir, str(ROOT))
        (wheel,) = Path(self.dir).glob("*.whl")
        self.assertRegex(wheel.name, r"^odoo_addon_mail_tracking-19\.0[.\d]+-py3-none-any\.whl$")
        self.check_names(zipfile.ZipFile(wheel).namelist())
        target = Path(self.dir) / "site"
        self.pip("install", "--no-deps", "--no-index", "--target", str(target), str(wheel))
        # where pip puts it is all that Odoo is told
        paths = [entry for entry in self.addons_path() if "mail_tracking" not in os.listdir(entry)]
        environ = {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{target}"}
        database = self.new_database("package")
        args = ("-d", database, "--addons-path", ",".join(paths), "--no-http")
        self.odoo(*args, "-i", "mail_tracking", "--stop-after-init", env=environ)
        query = "SELECT state, latest_version FROM ir_module_module WHERE name = 'mail_tracking'"
        version = wheel.name.split("-")[1]
        self.assertEqual(self.sql(database, query), [("installed", version)])

    def check_names(self, names):
        """The wheel holds the addon, and nothing that only its developers need."""
        prefix = "odoo/addons/mail_tracking/"
        inside = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
        for name in (
            *("__manifest__.py", "README.rst", "LICENSE", "views/res_partner_views.xml"),
            *("static/description/icon.png", "migrations/19.0.2.0.0/pre-10-rows.py"),
        ):
            self.assertIn(name, inside)
        self.assertFalse(
            [n for n in inside if n.startswith(("bench", "dev", "doc", ".", "tests/addons"))]
        )
        others = [name for name in names if not name.startswith(prefix)]
        self.assertTrue(all(".dist-info/" in name for name in others), others)
        self.assertNotIn("pyproject.toml", inside)
