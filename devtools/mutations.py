"""What ``./dev mutate`` changes: one place of a file at a time."""

import ast
import copy
import csv
import functools
import io
import random
import re
from difflib import unified_diff
from typing import NamedTuple

_SWAPS = (
    *((ast.Eq, ast.NotEq), (ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Is, ast.IsNot)),
    *((ast.In, ast.NotIn), (ast.Add, ast.Sub), (ast.Mult, ast.Add), (ast.FloorDiv, ast.Mult)),
    *((ast.Div, ast.Mult), (ast.BitAnd, ast.BitOr), (ast.And, ast.Or)),
)
_OPPOSITES = {**{two: one for one, two in reversed(_SWAPS)}, **dict(_SWAPS)}
_STATEMENTS = (ast.Expr, ast.AugAssign, ast.Raise, ast.Delete)
_SQL = re.compile(r"^\s*(?:--|SELECT|INSERT|UPDATE|DELETE|WITH|ALTER|CREATE|DROP|AND|OR)\b", re.M)
_SQL_CHANGES = (
    *((r"\bAND\b", "OR"), (r"\bOR\b", "AND"), (r"\bTRUE\b", "FALSE"), (r"\bFALSE\b", "TRUE")),
    *((r"\bIS NOT\b", "IS"), (r"\bIS (?=NULL|TRUE|FALSE)", "IS NOT "), (r"\bDISTINCT\b", "")),
    *((r"\bNOT (?=EXISTS|IN\b)", ""), (r"\bmin\(", "max("), (r"\bmax\(", "min(")),
    *((r" = ", " <> "), (r" <> ", " = "), (r" < ", " <= "), (r" > ", " >= ")),
    *((r"'[a-z_-]+', ", ""), (r"[a-z_]+ = [^,;\n()]+, ", "")),
    *((r"(?m)^(?!--)[^;]+;$", ""), (r"(?m)^ *(?:AND|OR) .*$", "")),
)
#: plain ones among the alternatives of a pattern: the last of them, and the others
_ALTERNATIVES = (
    (r"""\|[^()|"'\[\]\n]+(?=[)"'])""", ""),
    (r"""(?<=[(|:"'])(?!\?)[^()|"'\[\]\n]+\|""", ""),
)
_RIGHTS = (("(?<=,)0(?=[,\n])", "1"), ("(?<=,)1(?=[,\n])", "0"))
#: keywords whose texts are for people
_TEXTS = ("string", "help", "_description")


class Mutant(NamedTuple):
    name: str  #: of the file
    line: int
    source: str
    changed: str

    def diff(self) -> str:
        old, new = self.source.splitlines(), self.changed.splitlines()
        lines = list(unified_diff(old, new, n=1, lineterm=""))[3:]
        return "\n".join([f"{self.name}:{self.line}", *lines])


def mutants(name: str, source: str) -> list[Mutant]:
    """Return all mutants of a file that still can be read.

    :param name: its suffix chooses the language: ``.py``, ``.xml``, ``.csv``, ``.sql``
    """
    suffix = name.rpartition(".")[2]
    spans = {"py": _python, "xml": _xml, "csv": _csv, "sql": _sql}[suffix](source)
    found = {}
    for start, end, text in spans:
        changed = source[:start] + text + source[end:]
        if changed != source and (suffix != "py" or _differs(source, changed)):
            line = source.count("\n", 0, start) + 1
            found.setdefault(changed, Mutant(name, line, source, changed))
    return list(found.values())


def sample(found: list[Mutant], most: int, seed: int) -> list[Mutant]:
    """Choose mutants, the same for a seed: one of each line before a second one of any."""
    shuffled = random.Random(seed).sample(found, len(found))
    lines, firsts, others = set(), [], []
    for mutant in shuffled:
        place = (mutant.name, mutant.line)
        (others if place in lines else firsts).append(mutant)
        lines.add(place)
    return sorted((firsts + others)[:most], key=lambda mutant: (mutant.name, mutant.line))


def _differs(source, changed):
    try:
        return ast.dump(ast.parse(changed)) != _dump(source)
    except SyntaxError:
        return False


@functools.cache
def _dump(source):
    return ast.dump(ast.parse(source))


def _replaced(changes, source, start=0):
    """Yield start, end and new text of what patterns find in a text."""
    for pattern, text in changes:
        for found in re.finditer(pattern, source):
            yield start + found.start(), start + found.end(), text


_sql = functools.partial(_replaced, _SQL_CHANGES)
# each record, and each element of one line
_xml = functools.partial(
    _replaced,
    (
        (r"(?s)<record\b.*?</record>", ""),
        (r"(?m)^ *<(\w+)\b[^<>\n]*(?:/>|>[^<\n]*</\1>)$", ""),
    ),
)


def _csv(source):
    rows, position = list(csv.reader(io.StringIO(source))), 0
    for row, line in zip(rows, source.splitlines(keepends=True), strict=False):
        if position and row:
            yield position, position + len(line), ""
            yield from _replaced(_RIGHTS, line, position)
        position += len(line)


def _python(source):
    """Yield start, end and new text of each change; some do not parse."""
    lines = source.splitlines(keepends=True)

    def offset(line, column):
        before = lines[line - 1].encode()[:column].decode()
        return sum(map(len, lines[: line - 1])) + len(before)

    for node in _nodes(ast.parse(source)):
        for old, new in _variants(node):
            start = offset(old.lineno, old.col_offset)
            end = offset(old.end_lineno, old.end_col_offset)
            if isinstance(new, ast.AST):
                yield start, end, ast.unparse(new)
            else:
                yield from _replaced(new, source[start:end], start)


def _nodes(node):
    """Yield the nodes that do something: no docstrings, annotations and texts for people."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            is_log = isinstance(child, ast.Expr) and "_logger." in ast.unparse(child)
            # the places in f-strings are known from Python 3.12 on only
            is_text |= isinstance(child, ast.JoinedStr | ast.Import | ast.ImportFrom)
            is_text |= isinstance(child, ast.keyword) and child.arg in _TEXTS
            is_text |= isinstance(child, ast.Assign) and ast.unparse(child.targets[0]) in _TEXTS
            if isinstance(child, ast.AST) and not is_text and not is_log:
                yield child
                yield from _nodes(child)


def _variants(node):  # noqa: C901 - a case for each kind
    """Yield pairs: a node, and what takes its place, or changes of its text."""

    def with_(**values):
        new = copy.copy(node)
        vars(new).update(values)
        return node, new

    def without_each(*names):
        for index in range(len(getattr(node, names[0]))):
            lists = {name: getattr(node, name) for name in names}
            yield with_(**{n: [*each[:index], *each[index + 1 :]] for n, each in lists.items()})

    match node:
        case ast.Compare(ops=ops):
            for i, op in enumerate(ops):
                yield with_(ops=[*ops[:i], _OPPOSITES[type(op)](), *ops[i + 1 :]])
        case ast.BoolOp(op=op):
            yield with_(op=_OPPOSITES[type(op)]())
            for _node, new in without_each("values"):
                yield node, new if len(new.values) > 1 else new.values[0]
        case ast.BinOp(op=op) if type(op) in _OPPOSITES:
            yield with_(op=_OPPOSITES[type(op)]())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, operand
        case ast.If(test=test) | ast.IfExp(test=test):
            yield from ((test, ast.Constant(True)), (test, ast.Constant(False)))
            if isinstance(node, ast.IfExp):
                yield with_(body=node.orelse, orelse=node.body)
        case ast.While(test=test):
            yield test, ast.Constant(False)
        case ast.comprehension(ifs=tests):
            yield from ((test, ast.Constant(True)) for test in tests)
        case ast.Return(value=ast.expr()):
            yield node, ast.Return(ast.Constant(None))
        case ast.Break() | ast.Continue():
            yield node, ast.Continue() if isinstance(node, ast.Break) else ast.Break()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield node, ast.Pass()
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) | ast.Set():
            yield from without_each("elts")
        case ast.Dict(keys=keys) if None not in keys:
            yield from without_each("keys", "values")
        case ast.Call(args=args, keywords=keywords):
            for (_node, new), keyword in zip(without_each("keywords"), keywords, strict=True):
                if keyword.arg not in _TEXTS:
                    yield node, new
            for i, (one, two) in enumerate(zip(args, args[1:], strict=False)):
                yield with_(args=[*args[:i], two, one, *args[i + 2 :]])
        case ast.Slice():
            yield from (with_(**{n: None}) for n in ("lower", "upper") if getattr(node, n))
        case ast.Constant(value=bool(value)):
            yield node, ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield from ((node, ast.Constant(value + step)) for step in (1, -1))
        case ast.Constant(value=str(value)):
            if _SQL.search(value):
                yield node, _SQL_CHANGES
            elif "|" in value:  # a pattern
                yield node, _ALTERNATIVES
            elif " " not in value:
                yield node, ast.Constant("" if value else "mutant")
    if isinstance(node, _STATEMENTS):
        yield node, ast.Pass()
