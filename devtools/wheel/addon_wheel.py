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

from whool import buildapi

ADDON = "mail_tracking"
#: what a running Odoo never needs
LEFT_OUT = (
    ".ci",
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
    "bench",
    "dev",
    "devtools",
    "doc",
)
#: what is made here, and no source
MADE = (".dev", "build", "dist")
LEFT_OUT_BELOW = ("tests/addons/",)


def get_requires_for_build_wheel(config_settings=None):
    """Return nothing: pyproject.toml names all."""
    return []


get_requires_for_build_sdist = get_requires_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build a wheel; return its name."""
    target = Path(wheel_directory).resolve()
    with staged(is_for_users):
        return buildapi.build_wheel(str(target), config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Write the metadata of the wheel; return the name of their folder."""
    target = Path(metadata_directory).resolve()
    with staged(is_for_users):
        return buildapi.prepare_metadata_for_build_wheel(str(target), config_settings)


def build_sdist(sdist_directory, config_settings=None):
    """Build a source package, from which the wheel can be built again; return its name."""
    target = Path(sdist_directory).resolve()
    with staged(lambda name: True):
        return buildapi.build_sdist(target, config_settings)


@contextmanager
def staged(is_wanted):
    """Work in a copy of this checkout that is called like the addon.

    :param is_wanted: tells from the name of a file whether to copy it
    """
    source, before = Path.cwd(), os.environ.get("GIT_CEILING_DIRECTORIES")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / ADDON
        copy.mkdir()
        for name in filter(is_wanted, files(source)):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, copy / name)
        # the copy is no checkout, wherever temporary folders lie
        os.environ["GIT_CEILING_DIRECTORIES"] = str(copy.parent)
        os.chdir(copy)
        try:
            yield
        finally:
            os.chdir(source)
            os.environ.pop("GIT_CEILING_DIRECTORIES")
            if before is not None:
                os.environ["GIT_CEILING_DIRECTORIES"] = before


def files(source):
    """Return the names of the files that git knows, or of all in an unpacked archive."""
    if not (source / ".git").exists():
        paths = [path.relative_to(source) for path in source.rglob("*") if path.is_file()]
        return [str(path) for path in paths if path.parts[0] not in MADE]
    # the checkout may belong to another account than the one that builds
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and (source / name).is_file()]


def is_for_users(name):
    """Tell whether a file belongs into the wheel."""
    return name.split("/")[0] not in LEFT_OUT and not name.startswith(LEFT_OUT_BELOW)
