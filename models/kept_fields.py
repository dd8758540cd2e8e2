"""Fields that this addon adds to models of others, and that only its code writes.

They follow from evidence. The rights on a record of another model say nothing about them.
"""

from odoo.exceptions import AccessError


def check_kept(records, names, vals_list):
    """Make sure that no user writes such fields.

    :param records: about to be written, or the model of those about to be created
    :param names: of the fields
    :param list vals_list: what is to be written
    :raise AccessError: for users, administrators included
    """
    if records.env.su:
        return
    for name in names:
        if any(name in vals for vals in vals_list):
            raise AccessError(
                records.env._(
                    "%(field)s is set by email tracking and cannot be changed by hand.",
                    field=records._fields[name]._description_string(records.env),
                )
            )


def without_defaults(records, names):
    """These records with a context that gives no such field a value.

    Core creates records for users past their rights, with the context that a client sent.

    :param records: of any model
    :param names: of the fields
    """
    keys = {f"default_{name}" for name in names}
    context = records.env.context
    if keys.isdisjoint(context):
        return records
    kept = {key: value for key, value in context.items() if key not in keys}
    return records.with_env(records.env(context=kept))
