"""What statements are put together of: names of columns, and values with their types."""

from functools import lru_cache

from odoo.tools import SQL


def read_columns(fields, model, vals_list):
    """The values of these fields as their columns hold them.

    :param list fields: of the model
    :param model: an empty recordset
    :param list vals_list: values as ``create`` takes them; what is missing is empty
    :return: for each field the list of its values
    :rtype: list[list]
    """
    return [
        [field.convert_to_column_insert(vals.get(field.name, False), model) for vals in vals_list]
        for field in fields
    ]


def unnest(fields, columns):
    """A table of values, with the types that PostgreSQL cannot guess.

    :param list fields: what the columns hold
    :param list columns: see ``read_columns``
    :rtype: SQL
    """
    return SQL(_unnest_code(tuple(field.column_type[0] for field in fields)), *columns)


def names_of(fields):
    """The names of columns, with commas.

    :rtype: SQL
    """
    return SQL(_names_code(tuple(field.name for field in fields)))


# To put these together anew each time takes longer than PostgreSQL needs for the statement.
# Names and types are those of fields: nothing comes from outside.


@lru_cache(maxsize=256)
def _unnest_code(types):
    return f"unnest({', '.join(f'%s::{name}[]' for name in types)})"


@lru_cache(maxsize=256)
def _names_code(names):
    return ", ".join(SQL.identifier(name).code for name in names)


@lru_cache(maxsize=256)
def _terms_code(types, names):
    columns = (SQL.identifier("new", name).code for name in names)
    return ", ".join((*(f"%s::{name}" for name in types), *columns))


class Table:
    """Values of records as a statement takes them: once what all have in common.

    :param list fields: of the model
    :param model: an empty recordset
    :param list vals_list: values as ``create`` takes them; what is missing is empty
    :param list ids: of the records, where they have some
    """

    def __init__(self, fields, model, vals_list, ids=()):
        shared, values, others = [], [], []
        for field in fields:
            first, *rest = [vals.get(field.name, False) for vals in vals_list]
            if all(v is first or (type(v) is type(first) and v == first) for v in rest):
                shared.append(field)
                values.append(field.convert_to_column_insert(first, model))
            else:
                others.append(field)
        types = tuple(field.column_type[0] for field in shared)
        place = model._fields["id"]
        #: names of the fields, and what they get, in the same order
        self.names = names_of([*shared, *others])
        self.terms = SQL(_terms_code(types, tuple(field.name for field in others)), *values)
        #: a table ``new`` of the other values
        self.rows = SQL(
            "%s AS new (%s)",
            unnest(
                [place, *others],
                [list(ids or range(len(vals_list))), *read_columns(others, model, vals_list)],
            ),
            names_of([place, *others]),
        )
