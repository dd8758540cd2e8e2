"""How the addon is built: names of Odoo that it leaves alone, and no method in two places."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [path for folder in ("models", "controllers") for path in (ROOT / folder).rglob("*.py")]
CODE = {path: path.read_text() for path in FILES}
#: what no addon can rely on
PRIVATE = (
    r"\._insert_cache\b",
    r"\._get_cache\b",
    r"\._field_dirty\b",
    r"\.field_inverses\b",
    r"__mro__",
    r"\._ondelete_methods\b",
    r"\b_vendor\b",
    r"def _(?:build_email|connect)__",
    r"(?i)(?:from|into|update|join) ir_cron",
    r"\bconvert_to_column\b",
    r"_add_missing_default_values",
)


def test_private_names_of_odoo_are_left_alone():
    for pattern in PRIVATE:
        assert not [path.name for path, text in CODE.items() if re.search(pattern, text)], pattern


def test_no_model_knows_a_controller():
    assert not [
        path.name
        for path, text in CODE.items()
        if "models" in path.parts and re.search(r"^\s*from \.+controllers", text, re.M)
    ]


def test_a_method_of_a_model_is_defined_once():
    found = Counter()
    for text in CODE.values():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef):
                model = re.search(
                    r"_(?:name|inherit) = \"([\w.]+)\"", ast.get_source_segment(text, node)
                )
                found.update((model[1], name) for name in methods(node) if model)
    assert len(found) > 300
    assert [each for each, number in found.items() if number > 1] == []


def methods(node):
    """Names of the methods of a class, each once."""
    return {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
