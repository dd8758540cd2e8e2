# Part of mail_tracking. Licence: LGPL-3.
"""What the README and the pages in ``doc/`` name is there."""

import ast
import re
from pathlib import Path

import pytest

from devtools import cli, lint, made, states
from tools import events as ev

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.rst").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("doc/*.md"), ROOT / "devtools/README.md"])
PYTHON = [
    file
    for folder in ("controllers", "models", "tools", "devtools")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if "node_modules" not in file.parts
]
CODE = "\n".join(file.read_text() for file in PYTHON)
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def shown(file):
    return str(file.relative_to(ROOT))


# -- links -----------------------------------------------------------------------------------------


def prose(text):
    """A page without its examples."""
    return FENCE.sub("", text)


def anchors(file):
    """The anchors of the headings of a page, as its readers' web sites make them."""
    text = file.read_text()
    if file.suffix == ".rst":
        titles = re.findall(r"^(\S.*)\n[=~-]{4,}$", text, re.MULTILINE)
    else:
        titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def links(file):
    """The targets of the links and pictures of a page."""
    text = file.read_text()
    if file.suffix == ".rst":
        found = re.findall(r"`[^`]*?<([^`>]+)>`__", text)
        return found + re.findall(r"^\.\. .*image:: (\S+)$", text, re.MULTILINE)
    return re.findall(r"\]\(([^)\s]+)\)", prose(text))


@pytest.mark.parametrize("file", [ROOT / "README.rst", *PAGES], ids=shown)
def test_links_lead_somewhere(file):
    for target in links(file):
        if target.startswith("https://"):
            continue
        name, _hash, anchor = target.partition("#")
        aim = (file.parent / name).resolve() if name else file
        assert aim.is_file(), target
        assert not anchor or anchor in anchors(aim), target


def test_each_page_is_linked_from_the_readme():
    linked = {target.partition("#")[0] for target in links(ROOT / "README.rst")}
    assert {shown(page) for page in ROOT.glob("doc/*.md")} <= linked


def test_the_page_of_the_app_list_has_no_dead_links():
    page = made.page()
    found = re.findall(r'(?:href|src)="([^"]+)"', page)
    names = set(re.findall(r'\bid="([^"]+)"', page))
    assert len(found) > 10
    for target in found:
        if target.startswith("#"):
            assert target[1:] in names, target
        elif not target.startswith("https://"):
            assert (made.PAGE.parent / target).is_file(), target


# -- names -----------------------------------------------------------------------------------------


def methods():
    """Model or controller class -> method or attribute -> names of its parameters."""
    found = {}
    for tree in (ast.parse(file.read_text()) for file in PYTHON):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for owner in owners(node):
                    found.setdefault(owner, {}).update(members(node))
    return found


def owners(node):
    names = {"_name", "_inherit"}
    for line in node.body:
        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") in names:
            value = ast.literal_eval(line.value)
            yield from [value] if isinstance(value, str) else value
    yield node.name


def members(node):
    for line in node.body:
        if isinstance(line, ast.FunctionDef):
            yield line.name, [arg.arg for arg in line.args.args if arg.arg != "self"]
        elif isinstance(line, ast.Assign):
            yield getattr(line.targets[0], "id", ""), None


def hooks():
    """The hooks that the README promises: their owner, name and parameters."""
    section = README.partition("\nExtending it\n====")[2].partition("\nLicence\n====")[0]
    for owner, row in re.findall(
        r"^   \* - ([^\n]+)\n(.*?)(?=^   \* - |^\S)", section, re.M | re.S
    ):
        name = re.search(r"``([\w.]+)``", owner)
        for hook in re.findall(r"``(\w[\w<>]*(?:\([^`]*\))?)``", " ".join(row.split())):
            yield name and name[1], *re.fullmatch(r"([\w<>]+)(\(.*\))?", hook).groups()


@pytest.mark.parametrize(("owner", "name", "arguments"), [hook for hook in hooks() if hook[0]])
def test_promised_hooks_exist(owner, name, arguments):
    known = methods()[owner]
    given = None
    if arguments is not None:
        given = [part.partition("=")[0] for part in re.findall(r"[\w=]+", arguments)]
    # one for each type of event
    words = ev.EVENT_TYPES if "<event_type>" in name else ("",)
    for word in words:
        hook = name.replace("<event_type>", word)
        assert hook in known
        assert known[hook] == given


def test_hooks_are_found_in_the_readme():
    assert len({hook[0] for hook in hooks()}) > 8
    assert len(list(hooks())) > 20


def test_event_types_are_listed():
    listed = README.partition("Event types are ")[2].partition(".")[0]
    assert set(re.findall(r"``(\w+)``", listed)) == set(ev.EVENT_TYPES)


def test_system_parameters_exist():
    named = set(re.findall(r"``(mail_tracking\.[\w.]+)``", README))
    assert len(named) > 4
    assert {name for name in named if f'"{name}"' not in CODE} == set()


@pytest.mark.parametrize("file", [page for page in PAGES if page.parent.name == "doc"], ids=shown)
def test_named_files_and_functions_exist(file):
    for name in re.findall(r"`([^`\n]+)`", prose(file.read_text())):
        if re.fullmatch(r"\w[\w/]*/[\w*.]*", name) and (ROOT / name.partition("/")[0]).is_dir():
            assert list(ROOT.glob(name.rstrip("/"))), name
        elif re.fullmatch(r"_[a-z_]+|(?!pg_)[a-z]+_[a-z_]+", name):
            assert re.search(rf"\b{name}\b", CODE), name


def test_the_drawing_names_what_is_there():
    drawing = (ROOT / "doc/architecture.svg").read_text()
    words = re.findall(r'class="code">([^<]+)<', drawing)
    assert len(words) > 15
    for word in " ".join(words).replace(",", " ").split():
        if "/" in word:
            assert (ROOT / word).exists(), word
        else:
            assert re.search(rf'(?:def |_(?:name|inherit) = "){re.escape(word)}\b', CODE), word


@pytest.mark.parametrize("file", [ROOT / "README.rst", *PAGES], ids=shown)
def test_named_commands_exist(file):
    known = next(action for action in cli.parser()._actions if action.dest == "command").choices
    for command in re.findall(r"\./dev ([a-z][\w-]*)", file.read_text()):
        assert command in known


def test_the_linters_are_listed():
    page = (ROOT / "devtools/README.md").read_text()
    assert f"`{' '.join(lint.HOOKS)}`" in page


# -- examples --------------------------------------------------------------------------------------


def test_the_example_of_a_report_is_what_is_printed(capsys):
    page = (ROOT / "doc/bounces.md").read_text()
    name, printed = re.search(r"^\$ ./dev report (\S+)\n(.*?)^```", page, re.M | re.S).groups()
    assert cli.main(["report", str(ROOT / name)]) == 0
    assert capsys.readouterr().out == printed


def test_what_is_made_of_other_files_is_fresh():
    assert made.main(["--check"]) == 0


def test_the_table_follows_the_rule(monkeypatch):
    before = states.table()
    claims = dict(states.state._CLAIMS)
    claims[ev.DELIVERED] = claims[ev.DELIVERED]._replace(strength=99)
    monkeypatch.setattr(states.state, "_CLAIMS", claims)
    assert states.ladder()[0] == [ev.DELIVERED]
    assert states.table() != before
