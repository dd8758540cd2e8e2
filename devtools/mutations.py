"""What ``./dev mutate`` changes: one place of a file at a time."""

import ast
import csv
import functools
import io
import random
import re
from difflib import unified_diff
from itertools import chain
from typing import NamedTuple

_COMPARISONS = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_OPERATORS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
}
_STATEMENTS = (ast.Expr, ast.AugAssign, ast.Raise, ast.Delete)
_SQL = re.compile(r"^\s*(?:--|SELECT|INSERT|UPDATE|DELETE|WITH|ALTER|CREATE|DROP|AND|OR)\b", re.M)
_SQL_CHANGES = (
    (r"\bAND\b", "OR"),
    (r"\bOR\b", "AND"),
    (r"\bIS NOT\b", "IS"),
    (r"\bIS (?=NULL|TRUE|FALSE)", "IS NOT "),
    (r"\bNOT (?=EXISTS|IN\b)", ""),
    (r"\bTRUE\b", "FALSE"),
    (r"\bFALSE\b", "TRUE"),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
    (r"\bDISTINCT\b", ""),
    (r" = ", " <> "),
    (r" <> ", " = "),
    (r" < ", " <= "),
    (r" > ", " >= "),
    (r"'[a-z_-]+', ", ""),
    (r"[a-z_]+ = [^,;\n()]+, ", ""),
    (r"(?m)^(?!--)[^;]+;$", ""),
    (r"(?m)^ *(?:AND|OR) .*$", ""),
)
#: plain ones among the alternatives of a pattern: the last of them, and the others
_ALTERNATIVES = (
    re.compile(r"""\|[^()|"'\[\]\n]+(?=[)"'])"""),
    re.compile(r"""(?<=[(|:"'])(?!\?)[^()|"'\[\]\n]+\|"""),
)
#: keywords whose texts are for people
_TEXTS = ("string", "help", "_description")


class Mutant(NamedTuple):
    """A file with one place changed."""

    name: str  #: of the file
    line: int
    source: str
    changed: str

    def diff(self) -> str:
        """Return what was changed, with a line around it."""
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


def _csv(source):
    """Drop each line, and turn each right around."""
    rows, position = list(csv.reader(io.StringIO(source))), 0
    for row, line in zip(rows, source.splitlines(keepends=True), strict=False):
        if position and row:
            yield position, position + len(line), ""
            for found in re.finditer(r"(?<=,)[01](?=[,\n])", line):
                start = position + found.start()
                yield start, start + 1, "10"[int(found[0])]
        position += len(line)


def _xml(source):
    """Drop each record and each element of one line."""
    for pattern in (r"(?s)<record\b.*?</record>", r"(?m)^ *<(\w+)\b[^<>\n]*(?:/>|>[^<\n]*</\1>)$"):
        for found in re.finditer(pattern, source):
            yield *found.span(), ""


def _sql(source, start=0):
    for pattern, text in _SQL_CHANGES:
        for found in re.finditer(pattern, source):
            yield start + found.start(), start + found.end(), text


def _python(source):
    """Yield start, end and new text of each change; some do not parse."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    lines = source.splitlines(keepends=True)

    def offset(line, column):
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    def span(node):
        return offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)

    for node in _nodes(ast.parse(source)):
        for change in (_of_operators, _of_flow, _of_parts, _of_constants):
            yield from change(node, span, source)


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


def _replaced(source, start, end, old, new):
    """Replace an operator between two operands."""
    found = re.search(rf"(?<!\w){re.escape(old)}(?!\w)", source[start:end])
    if found:
        yield start + found.start(), start + found.end(), new


def _of_operators(node, span, source):
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
            yield from _replaced(
                source, span(left)[1], span(right)[0], *_COMPARISONS[type(operator)]
            )
    elif isinstance(node, ast.BoolOp):
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from _replaced(source, span(left)[1], span(right)[0], *words)
            yield span(left)[0], span(right)[0], ""
            yield span(left)[1], span(right)[1], ""
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        words = _OPERATORS[type(node.op)]
        yield from _replaced(source, span(node.left)[1], span(node.right)[0], *words)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield span(node)[0], span(node)[0] + len("not "), ""


def _of_flow(node, span, source):
    if isinstance(node, ast.If | ast.IfExp):
        yield *span(node.test), "True"
        yield *span(node.test), "False"
    elif isinstance(node, ast.While):
        yield *span(node.test), "False"
    elif isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield *span(test), "True"
    elif isinstance(node, ast.Return) and node.value is not None:
        yield *span(node), "return None"
    elif isinstance(node, ast.Break | ast.Continue):
        yield *span(node), "continue" if isinstance(node, ast.Break) else "break"
    is_kept = isinstance(node, ast.Assign) and isinstance(
        node.targets[0], ast.Attribute | ast.Subscript
    )
    if isinstance(node, _STATEMENTS) or is_kept:
        yield *span(node), "pass"
    if isinstance(node, ast.IfExp):
        yield from _swapped(span(node.body), span(node.orelse), source)


def _of_parts(node, span, source):
    """Drop elements, keywords and bounds; swap arguments."""
    parts = []
    if isinstance(node, ast.Tuple | ast.List | ast.Set) and not isinstance(
        getattr(node, "ctx", None), ast.Store
    ):
        parts = [span(element) for element in node.elts]
    elif isinstance(node, ast.Dict) and None not in node.keys:
        pairs = zip(node.keys, node.values, strict=True)
        parts = [(span(key)[0], span(value)[1]) for key, value in pairs]
    elif isinstance(node, ast.Call):
        parts = [span(keyword) for keyword in node.keywords if keyword.arg not in _TEXTS]
        for left, right in zip(node.args, node.args[1:], strict=False):
            yield from _swapped(span(left), span(right), source)
    elif isinstance(node, ast.Slice):
        for bound in (node.lower, node.upper):
            if bound is not None:
                yield *span(bound), ""
    ends = [start for start, _end in parts[1:]]
    for (start, end), following in zip(parts, [*ends, 0], strict=False):
        yield start, following or end, ""


def _swapped(left, right, source):
    gap = source[left[1] : right[0]]
    yield left[0], right[1], source[slice(*right)] + gap + source[slice(*left)]


def _of_constants(node, span, source):
    if not isinstance(node, ast.Constant) or node.value is None:
        return
    start, end = span(node)
    if isinstance(node.value, bool):
        yield start, end, str(not node.value)
    elif isinstance(node.value, int | float):
        yield start, end, str(node.value + 1)
        yield start, end, str(node.value - 1)
    elif isinstance(node.value, str):
        text = source[start:end]
        if _SQL.search(node.value):
            yield from _sql(text, start)
        elif "|" in node.value:  # a pattern: drop its plain alternatives
            for found in chain(*(pattern.finditer(text) for pattern in _ALTERNATIVES)):
                yield start + found.start(), start + found.end(), ""
        elif " " not in node.value:
            yield start, end, '"mutant"' if not node.value else '""'
