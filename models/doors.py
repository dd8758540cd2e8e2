"""Which methods of ours other addons extend, where that decides about the way to go.

Everything here works in batches. Some methods that other addons know work on one record; they
are kept as doors. A door is gone through only where somebody stands behind it: then its method
is called for each record, and else not at all.
"""

from odoo.modules.module import Manifest

ADDON = "mail_tracking"
#: attribute of a model's class: its base classes, and which addons have methods of some names
REMEMBERED = "_mail_tracking_doors"


def is_extended(records, *names, owner=ADDON):
    """Tell whether another addon extends one of these methods, or a rule hooks into it.

    :param records: of any model
    :param str names: of methods
    :param str owner: the addon that made the model
    :rtype: bool
    """
    return is_patched(records, *names) or not _addons_with(records, names) <= {ADDON, owner}


def is_patched(records, *names):
    """Tell whether one of these methods is replaced in this database, as automation rules do.

    :param records: of any model
    :param str names: of methods
    :rtype: bool
    """
    patched = vars(type(records))
    return any(name in patched for name in names)


def is_extended_for_us(records, *names):
    """Tell whether an addon that builds on this one extends a method of a model of others.

    The many addons that extend ``write`` of contacts know nothing of the fields that this
    addon adds there.

    :param records: of any model
    :param str names: of methods
    :rtype: bool
    """
    return is_patched(records, *names) or any(
        addon != ADDON and _builds_on_us(addon) for addon in _addons_with(records, names)
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


def _addons_with(records, names):
    """The addons whose classes of a model define one of these methods.

    Asked many times for each mail, and another answer only where the classes change.

    :param records: of any model
    :param tuple names: of methods
    :rtype: set
    """
    model_class = type(records)
    bases = model_class.__mro__
    known, answers = vars(model_class).get(REMEMBERED, (None, None))
    if known is not bases:
        answers = {}
        # there, so that it ends with the registry
        setattr(model_class, REMEMBERED, (bases, answers))
    if names not in answers:
        answers[names] = {
            cls.__module__.split(".")[2]
            for cls in bases
            if cls.__module__.startswith("odoo.addons.") and not vars(cls).keys().isdisjoint(names)
        }
    return answers[names]


def _builds_on_us(addon):
    """Whether an addon depends on this one, over others or not."""
    seen, todo = set(), [addon]
    while todo:
        name = todo.pop()
        manifest = None if name in seen else Manifest.for_addon(name, display_warning=False)
        seen.add(name)
        depends = manifest["depends"] if manifest else []
        if ADDON in depends:
            return True
        todo += depends
    return False
