"""Remove what the other addon left in the tables, and this one has no use for."""

import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL
from odoo.tools.sql import TableKind, table_columns, table_kind

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Drop the columns of our fields that are not stored any more, and forgotten tables.

    Odoo leaves them behind. The column of ``mail_id`` would cost: its foreign key makes each
    deletion of a sent mail write the row.
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    for model in env.values():
        if model._auto and not model._abstract:
            drop_columns(cr, model)
    drop_indexes(cr)
    drop_forgotten_tables(env)
    forget_lost_keys(cr)
    mark_notifications(cr)


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
            SQL("ALTER TABLE %s DROP COLUMN %s", SQL.identifier(model._table), SQL.identifier(name))
        )


def drop_indexes(cr):
    """Drop indexes of single columns with which others begin as well: each mail fills them."""
    for name in ("author_id", "recipient_address", "time"):
        index = SQL.identifier(f"mail_tracking_email__{name}_index")
        cr.execute(SQL("DROP INDEX IF EXISTS %s", index))


def is_ours(model, field):
    """Whether this addon alone defines a field."""
    own_models = ("mail.tracking.email", "mail.tracking.event")
    if model._name in own_models and field.name == "display_name":
        return True  # which the ORM gives to every model
    return field._modules == ("mail_tracking",)


def drop_forgotten_tables(env):
    """Drop the tables of models that this addon does not have, if they are empty.

    Odoo removes such models, but cannot find their tables.
    """
    env.cr.execute(
        """SELECT ir_model.model FROM ir_model JOIN ir_model_data data
               ON data.model = 'ir.model' AND data.res_id = ir_model.id
         GROUP BY ir_model.model HAVING array_agg(data.module::text) = '{mail_tracking}'"""
    )
    for (name,) in env.cr.fetchall():
        table = name.replace(".", "_")
        if name in env or table_kind(env.cr, table) != TableKind.Regular:
            continue
        env.cr.execute(SQL("SELECT 1 FROM %s LIMIT 1", SQL.identifier(table)))
        if env.cr.rowcount:
            _logger.info("The table %s is not used any more; it is kept, as it has rows", table)
        else:
            env.cr.execute(SQL("DROP TABLE %s", SQL.identifier(table)))


def forget_lost_keys(cr):
    """Strike the foreign keys off Odoo's list that went with their columns and tables."""
    cr.execute(
        """DELETE FROM ir_model_constraint listed USING ir_module_module module
            WHERE module.id = listed.module AND module.name = 'mail_tracking'
              AND listed.type = 'f'
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = listed.name)"""
    )


def mark_notifications(cr):
    """Let notifications follow the mark of their messages, which only these have so far."""
    cr.execute(
        """UPDATE mail_notification notification SET mail_tracking_needs_action = TRUE
             FROM mail_message message
            WHERE message.id = notification.mail_message_id
              AND message.mail_tracking_needs_action IS TRUE
              AND notification.res_partner_id IS NOT NULL"""
    )
