"""Tell which functions of the same name hide each other; run by the virtual environment's Python.

The classes of one model lie in several files, and the last one that Odoo loads wins: a method
whose name another class of the model has already takes its place, unless it calls ``super()``.
"""

import ast
import sys
from collections import defaultdict
from typing import NamedTuple

#: decorators by which a later function goes with the one before it
_RELATED = {"setter", "deleter", "overload"}


class Found(NamedTuple):
    """A function, as far as it matters here."""

    place: str
    line: int
    calls_super: bool


def main(names):
    """Check files; return the exit status."""
    sources = {}
    for name in sorted(names):
        with open(name, encoding="utf-8") as file:
            sources[name] = file.read()
    complaints = find_doubles(sources)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


def find_doubles(sources):
    """Find functions that hide each other.

    :param dict sources: name of a file -> its text
    :return: a sentence for each
    :rtype: list[str]
    """
    complaints = []
    methods = defaultdict(list)
    for name, text in sources.items():
        tree = ast.parse(text, name)
        complaints += _hidden_in(tree.body, name)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                complaints += _hidden_in(node.body, name)
                for function in _functions(node.body).values():
                    found = Found(name, function[-1].lineno, _calls_super(function[-1]))
                    for model in _models(node):
                        methods[model, function[-1].name].append(found)
    for (model, method), found in sorted(methods.items()):
        # files are imported in the order of their names, and the last one wins
        first, *others = sorted(found)
        complaints += [
            f"{each.place}:{each.line}: {model}.{method}() hides that of"
            f" {first.place}:{first.line} without super()"
            for each in others
            if not each.calls_super
        ]
    return complaints


def _hidden_in(body, name):
    """Functions of one block that a later one of the same name replaces."""
    return [
        f"{name}:{function.lineno}: {function.name}() is defined again in line {later.lineno}"
        for functions in _functions(body).values()
        for function, later in zip(functions, functions[1:], strict=False)
    ]


def _functions(body):
    """The functions of a block by name, without those that belong together."""
    result = defaultdict(list)
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not any(
            getattr(each, "attr", getattr(each, "id", "")) in _RELATED
            for each in node.decorator_list
        ):
            result[node.name].append(node)
    return result


def _models(node):
    """The models that a class defines or extends; none for other classes."""
    values = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            values[statement.targets[0].id] = statement.value
    # with a name of its own, what it inherits from are other models
    value = values.get("_name") or values.get("_inherit")
    parts = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
    return [part.value for part in parts if isinstance(part, ast.Constant)]


def _calls_super(function):
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
        for node in ast.walk(function)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
