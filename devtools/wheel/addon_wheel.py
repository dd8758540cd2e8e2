"""Build the package with whool, from a checkout of whatever name.

whool takes the name of the addon from its folder, and packs all that git knows. pip builds
in folders of any name, and what serves development only is nobody else's; so the checkout is
copied without that, under the right name, and whool builds there.
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from whool import buildapi

ADDON = "mail_tracking"
#: what a running Odoo never needs
LEFT_OUT = (".ci", ".github", ".gitignore", ".pre-commit-config.yaml")
LEFT_OUT += ("bench", "dev", "devtools", "doc")
#: what is made here, and no source
MADE = (".dev", "build", "dist")


def get_requires_for_build_wheel(config_settings=None):
    return []  # pyproject.toml names all


get_requires_for_build_sdist = get_requires_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with staged(wheel_directory) as target:
        return buildapi.build_wheel(target, config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    with staged(metadata_directory) as target:
        return buildapi.prepare_metadata_for_build_wheel(target, config_settings)


def build_sdist(sdist_directory, config_settings=None):
    """Build a source package, from which the wheel can be built again; return its name."""
    with staged(sdist_directory, with_all=True) as target:
        return buildapi.build_sdist(Path(target), config_settings)


@contextmanager
def staged(target, with_all=False):
    """Work in a copy of this checkout that is called like the addon; yield where results go."""
    source, target = Path.cwd(), str(Path(target).resolve())
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / ADDON
        copy.mkdir()
        for name in files(source):
            left_out = name.split("/")[0] in LEFT_OUT or name.startswith("tests/addons/")
            if with_all or not left_out:
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source / name, copy / name)
        os.chdir(copy)
        try:
            # the copy is no checkout, wherever temporary folders lie
            with patch.dict(os.environ, GIT_CEILING_DIRECTORIES=str(copy.parent)):
                yield target
        finally:
            os.chdir(source)


def files(source):
    """Return the names of the files that git knows, or of all in an unpacked archive."""
    if not (source / ".git").exists():
        paths = [path.relative_to(source) for path in source.rglob("*") if path.is_file()]
        return [str(path) for path in paths if path.parts[0] not in MADE]
    # the checkout may belong to another account than the one that builds
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and (source / name).is_file()]
