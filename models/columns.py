"""Values of many records, column by column: for PostgreSQL, and out of the cache."""

from functools import lru_cache

from odoo.tools import SQL

#: Types of columns whose values PostgreSQL reads in the words that ``str`` makes of them.
WORDED = {"varchar", "text", "int4", "bool", "float8", "numeric", "timestamp", "date"}
#: Not in the cache.
UNKNOWN = object()


def plain_columns(model):
    """The fields of a model whose cache holds what their column holds.

    :param model: an empty recordset
    :rtype: list
    """
    return [
        field
        for name, field in model._fields.items()
        if name != "id"
        and field.store
        and field.column_type
        and not field.translate
        and not field.company_dependent
    ]


def read_columns(fields, model, vals_list):
    """The values of these fields as their columns hold them.

    :param list fields: of the model
    :param model: an empty recordset
    :param list vals_list: values as ``create`` takes them; what is missing is empty
    :return: for each field the list of its values
    :rtype: list[list]
    """
    columns = []
    for field in fields:
        name = field.name
        columns.append(_read_column(field, model, [vals.get(name, False) for vals in vals_list]))
    return columns


def _read_column(field, model, values):
    convert = field.convert_to_column_insert
    if len(set(map(id, values))) == 1:  # what many have in common is one object, as a rule
        return [convert(values[0], model)] * len(values)
    if is_plain_text(field):
        return [value if type(value) is str else convert(value, model) for value in values]
    return [convert(value, model) for value in values]


def is_plain_text(field):
    """Whether the column of a field holds text just as ``create`` takes it.

    :rtype: bool
    """
    return (
        field.type in ("char", "text")
        and not field.translate
        and not field.company_dependent
        and not getattr(field, "size", None)
    )


def table(fields, columns):
    """A table of values, and their places from 1 on, with the types that PostgreSQL cannot guess.

    What all have in common stands there once, and the rest in one word for each column:
    PostgreSQL would have to read, and to plan, each value of an ARRAY by itself.

    :param list fields: what the columns hold
    :param list columns: see ``read_columns``; with one value at least
    :rtype: SQL
    """
    places, shared, arrays = [], [], []
    for field, column in zip(fields, columns, strict=True):
        is_shared = column.count(column[0]) == len(column)
        places.append((field.name, field.column_type[0], is_shared))
        if is_shared:
            shared.append(column[0])
        else:
            arrays.append(_array(field, column))
    return SQL(_table_code(tuple(places)), *shared, *(arrays or [len(columns[0])]))


# To put these together anew each time takes longer than PostgreSQL needs for the statement.
# Names and types are those of fields: nothing comes from outside.


@lru_cache(maxsize=256)
def _table_code(places):
    outputs = [
        f'%s::{kind} AS "{name}"' if shared else f'"{name}"' for name, kind, shared in places
    ]
    own = [(f'"{name}"', kind) for name, kind, is_shared in places if not is_shared]
    arrays = ", ".join(f"%s::{kind}[]" for _name, kind in own)
    rows = f"unnest({arrays}) WITH ORDINALITY" if own else "generate_series(1, %s)"
    names = [name for name, _kind in own]
    place = '"place"'
    return (
        f"(SELECT {', '.join([*outputs, place])}"
        f" FROM {rows} AS given ({', '.join([*names, place])}))"
    )


@lru_cache(maxsize=256)
def _names_code(names):
    return ", ".join(SQL.identifier(name).code for name in names)


def _array(field, column):
    """What PostgreSQL reads as an array: text, where its words are those of Python."""
    kind = field.column_type[0]
    if kind not in WORDED:
        return column
    quote = _quoted if kind in ("varchar", "text") else str
    words = ["NULL" if value is None else quote(value) for value in column]
    return f"{{{','.join(words)}}}"


def _quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def names_of(fields):
    """The names of columns, with commas.

    :rtype: SQL
    """
    return SQL(_names_code(tuple(field.name for field in fields)))


def column_of(records, name):
    """The values of a plain column, as the cache holds them: None where it is empty.

    To ask each record takes ten times as long.

    :param records: of one model
    :param str name: of the field; where another addon has made it one that depends on the
        language or the company, each record is asked
    :return: one for each record
    :rtype: list
    """
    field = records._fields[name]
    if field.translate or field.company_dependent:
        return [record[name] or None for record in records]
    cache = field._get_cache(records.env)
    try:
        return [cache[record_id] for record_id in records._ids]
    except KeyError:
        records.fetch([name])
        cache = field._get_cache(records.env)
        return [cache.get(record_id) for record_id in records._ids]


def differing(records, vals_by_id):
    """Those of the values that records do not have yet.

    :param records: of one model, which were read
    :param dict vals_by_id: record id -> values of fields
    :return: record id -> values, where there are any
    :rtype: dict
    """
    names = set().union(*vals_by_id.values())
    caches = {name: records._fields[name]._get_cache(records.env) for name in names}
    result = {}
    for record in records:
        record_id, changes = record.id, {}
        for name, value in vals_by_id[record_id].items():
            known = caches[name].get(record_id, UNKNOWN)
            # of the same kind in the cache, but for what is empty
            if known == value or not (known or value):
                continue
            value = False if value is None else value
            if record[name] != value:
                changes[name] = value
        if changes:
            result[record_id] = changes
    return result
