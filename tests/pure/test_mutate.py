# Part of mail_tracking. Licence: LGPL-3.
"""What ``./dev mutate`` changes, and which tests it runs."""

import ast

import pytest

from devtools import base, mutate, mutations
from devtools.base import Stop


def changes(source, name="tools/x.py"):
    """The lines that differ in each mutant of a source of one line each."""
    found = set()
    for mutant in mutations.mutants(name, source):
        old, new = source.splitlines(), mutant.changed.replace("'", '"').splitlines()
        found |= {line.strip() for line in new if line and line not in old} or {"gone"}
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", {"x = a <= b"}),
        ("x = a == b != c", {"x = a != b != c", "x = a == b == c"}),
        ("x = a not in b", {"x = a in b"}),
        ("x = a is None", {"x = a is not None"}),
        ("x = a and b", {"x = a or b", "x = a", "x = b"}),
        ("x = not a", {"x = a"}),
        ("x = a + b", {"x = a - b"}),
        ("x = True", {"x = False"}),
        ("x = 5", {"x = 6", "x = 4"}),
        ('x = "word"', {'x = ""'}),
        ('x = ""', {'x = "mutant"'}),
        ("x = f(a, b)", {"x = f(b, a)"}),
        ("x = f(a, key=b)", {"x = f(a)"}),
        (
            "x = a if b else c",
            {"x = a if True else c", "x = a if False else c", "x = c if b else a"},
        ),
        ("x = a[1:]", {"x = a[:]", "x = a[2:]", "x = a[0:]"}),
        ("x = {a, b}", {"x = {b}", "x = {a}"}),
        ("x = {a: b, c: d}", {"x = {c: d}", "x = {a: b}"}),
        ("x = [y for y in z if y]", {"x = [y for y in z if True]"}),
        ('x = r"(?:one|two)x"', {'x = r"(?:two)x"', 'x = r"(?:one)x"'}),
        ('x = "é" + a < b', {'x = "" + a < b', 'x = "é" - a < b', 'x = "é" + a <= b'}),
        ('x = """SELECT a AND b"""', {'x = """SELECT a OR b"""'}),
        ("def f():\n  return a", {"return None"}),
        ("def f():\n  f()", {"pass"}),
        ("while a:\n  break", {"while False:", "continue"}),
        ("if a:\n  b.c = d", {"if True:", "if False:", "pass"}),
        ("raise a", {"pass"}),
    ],
)
def test_what_is_changed(source, expected):
    assert changes(source) == expected


def test_texts_for_people_and_types_are_left_alone():
    source = '''
"""A text."""
import a
x: int | str = f"{a + 1}"
_description = "A thing"
def f(a: "b" = None) -> "c":
    """A text."""
    _logger.info("text %s", a)
    g(string="A text", help="text")
'''
    assert changes(source) == {"pass"}


def test_rules_and_statements():
    assert changes("a,b\nx,1\n", "x.csv") == {"gone", "x,0"}
    assert changes('<o>\n<record id="a">\n</record>\n  <t a="b"/>\n</o>', "x.xml") == {"gone"}
    assert {"UPDATE a SET c = NULL;", "gone"} <= changes("UPDATE a SET b = 1, c = NULL;", "x.sql")


def test_every_mutant_can_be_read_and_none_is_the_original():
    for name in ("body", "reason_rules", "state", "providers/sns"):
        source = (base.ROOT / f"tools/{name}.py").read_text()
        found = mutations.mutants(f"{name}.py", source)
        assert len(found) > 20
        for mutant in found[::20]:
            assert ast.dump(ast.parse(mutant.changed)) != ast.dump(ast.parse(source))
            assert mutant.diff().startswith(f"{name}.py:{mutant.line}\n")


def test_a_sample_is_the_same_for_a_seed_and_spread_over_the_lines():
    found = mutations.mutants("x.py", "\n".join(f"x{i} = [1, 2, 3]" for i in range(9)))
    assert mutations.sample(found, 9, 5) == mutations.sample(found, 9, 5)
    assert mutations.sample(found, 9, 5) != mutations.sample(found, 9, 6)
    assert {mutant.line for mutant in mutations.sample(found, 9, 5)} == set(range(1, 10))
    assert len(mutations.sample(found, 10_000, 5)) == len(found)


@pytest.fixture
def tree(tmp_path):
    """A checkout of two modules and a test."""
    for name, text in {
        "tools/__init__.py": "",
        "tools/a.py": "def end(n):\n    while n > 0:\n        n -= 1\n    return n\n"
        "def spare():\n    return 5\n",
        "tools/b.py": "from . import a\n",
        "tools/c.py": "",
        "tests/pure/samples.py": "import tools.b\n",
        "tests/pure/test_b.py": "import samples\n",
        "tests/pure/test_a.py": "from tools import a\ndef test_end():\n    assert a.end(3) == 0\n",
        "tests/pure/test_other.py": "import json\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_the_tests_of_a_file_are_those_that_import_it(tree):
    found = mutate.importers(tree, "tools/a.py")
    assert found == ("tests/pure/test_a.py", "tests/pure/test_b.py")
    assert mutate.importers(tree, "tools/c.py") == ()


def test_survivors_are_told_from_what_fails_and_what_never_ends(tree, monkeypatch, capsys):
    monkeypatch.setattr(mutate, "LEAST_SECONDS", 3)
    monkeypatch.setattr(mutate, "PATIENCE", 0)
    source = (tree / "tools/a.py").read_text()
    found = mutations.mutants("tools/a.py", source)
    with mutate.pure_tests(tree, ["tests/pure/test_a.py"], 1) as run:
        survivors = list(mutate.surviving(tree, found, run))
    assert (tree / "tools/a.py").read_text() == source
    shown = capsys.readouterr().out
    assert mutate.TIMED_OUT in shown
    assert {mutant.line for mutant in survivors} == {6}


def test_tests_that_fail_anyway_prove_nothing(tree):
    (tree / "tests/pure/test_a.py").write_text("assert False")
    found = mutations.mutants("tools/a.py", (tree / "tools/a.py").read_text())
    with mutate.pure_tests(tree, ["tests/pure/test_a.py"], 1) as run, pytest.raises(Stop):
        list(mutate.surviving(tree, found, run))


def test_files_elsewhere_are_refused():
    for file in ("/etc/passwd", "tools/no_such.py", "README.rst"):
        with pytest.raises(Stop):
            mutate.named(file)
    with pytest.raises(Stop):  # whose tests are not named
        mutate.mutate([base.ROOT / "models/guard.py"], [], 1, 0)
