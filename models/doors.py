"""Which methods of ours other addons extend, where that decides about the way to go.

Everything here works in batches. Some methods that other addons know work on one record; they
are kept as doors. A door is gone through only where somebody stands behind it: then its method
is called for each record, and else not at all.
"""


def is_extended(records, *names):
    """Tell whether another addon extends one of these methods.

    :param records: of the model
    :param str names: of methods that this addon defines
    :rtype: bool
    """
    return any(
        name in vars(cls) and not cls.__module__.startswith("odoo.addons.mail_tracking.")
        for cls in type(records).mro()
        for name in names
        if cls.__module__.startswith("odoo.addons.")
    )


def has_stored_computes(*models):
    """Tell whether a stored field of these models is computed, which only the ORM can do.

    :param models: empty recordsets
    :rtype: bool
    """
    return any(
        field.store and (field.compute or field.related)
        for model in models
        for field in model._fields.values()
    )
