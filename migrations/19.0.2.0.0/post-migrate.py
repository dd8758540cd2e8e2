"""Remove what the other addon stored and this one computes."""

import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL
from odoo.tools.sql import table_columns

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Drop the columns of our fields that are not stored any more.

    Odoo leaves them behind. That of ``mail_id`` would cost: its foreign key makes each
    deletion of a sent mail write the row.
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    for model in env.values():
        if model._auto and not model._abstract:
            drop_columns(cr, model)


def drop_columns(cr, model):
    """Drop the columns of a model's fields that only this addon defines, and computes."""
    names = [
        name
        for name, field in model._fields.items()
        if not field.store and not field.inherited and is_ours(model, field)
    ]
    if not names:
        return
    for name in set(names) & set(table_columns(cr, model._table)):
        _logger.info("Dropping the column %s of %s", name, model._table)
        cr.execute(
            SQL(
                "ALTER TABLE %s DROP COLUMN %s", SQL.identifier(model._table), SQL.identifier(name)
            )
        )


def is_ours(model, field):
    """Whether this addon alone defines a field."""
    own_models = ("mail.tracking.email", "mail.tracking.event")
    if model._name in own_models and field.name == "display_name":
        return True  # which the ORM gives to every model
    return field._modules == ("mail_tracking",)
