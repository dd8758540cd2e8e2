"""Take over views, menus, actions and access of another addon of the same name."""

from odoo.tools import SQL

#: model -> its table, and the columns that hold texts in several languages
TRANSLATED = {
    "ir.ui.view": ("ir_ui_view", ("arch_db",)),
    "ir.ui.menu": ("ir_ui_menu", ("name",)),
    "ir.actions.act_window": ("ir_act_window", ("name", "help")),
    "ir.model": ("ir_model", ("name",)),
    "ir.model.fields": ("ir_model_fields", ("field_description", "help")),
    "ir.model.fields.selection": ("ir_model_fields_selection", ("name",)),
}


def migrate(cr, version):
    """Let the update replace records of the same name as a whole, and remove all others.

    Odoo updates only what a data file names, and leaves alone what is marked as
    ``noupdate``; so all else goes back to what a new record would have.
    """
    if not version:
        return
    # settings are the administrator's: they stay, and belong to no addon
    cr.execute(
        "DELETE FROM ir_model_data WHERE module = 'mail_tracking' AND model = 'ir.config_parameter'"
    )
    cr.execute("UPDATE ir_model_data SET noupdate = FALSE WHERE module = 'mail_tracking'")
    # who may see what is decided here, down to the last rule
    for table, model in (("ir_rule", "ir.rule"), ("ir_model_access", "ir.model.access")):
        cr.execute(SQL("DELETE FROM %s WHERE id IN %s", SQL.identifier(table), own(model)))
        cr.execute(
            "DELETE FROM ir_model_data WHERE module = 'mail_tracking' AND model = %s", [model]
        )
    reset_views(cr)
    for model, (table, columns) in TRANSLATED.items():
        for column in columns:
            drop_translations(cr, model, table, column)


def own(model):
    """Ids of the records of a model that belong to the addon and to no other, as SQL.

    Each addon that extends a model has a name for it, and for some of its fields.
    """
    return SQL(
        "(SELECT res_id FROM ir_model_data WHERE model = %s"
        " GROUP BY res_id HAVING array_agg(module::text) = '{mail_tracking}')",
        model,
    )


def reset_views(cr):
    """Forget what the other addon said of views, menus and actions, and ours does not."""
    views, menus, actions = own("ir.ui.view"), own("ir.ui.menu"), own("ir.actions.act_window")
    for statement in (
        SQL("DELETE FROM ir_ui_view_group_rel WHERE view_id IN %s", views),
        SQL("UPDATE ir_ui_view SET priority = 16, active = TRUE WHERE id IN %s", views),
        SQL("DELETE FROM ir_ui_menu_group_rel WHERE menu_id IN %s", menus),
        SQL("UPDATE ir_ui_menu SET active = TRUE, web_icon = NULL WHERE id IN %s", menus),
        SQL("DELETE FROM ir_act_window_group_rel WHERE act_id IN %s", actions),
        SQL("DELETE FROM ir_act_window_view WHERE act_window_id IN %s", actions),
        SQL(
            "UPDATE ir_act_window SET context = '{}', domain = NULL, view_id = NULL,"
            " search_view_id = NULL, target = 'current', \"limit\" = 80,"
            " binding_model_id = NULL WHERE id IN %s",
            actions,
        ),
    ):
        cr.execute(statement)


def drop_translations(cr, model, table, column):
    """Keep the English texts only: those in other languages come with this addon."""
    cr.execute(
        SQL(
            "UPDATE %(table)s SET %(column)s = jsonb_build_object('en_US', %(column)s->'en_US')"
            " WHERE id IN %(own)s AND %(column)s->'en_US' IS NOT NULL"
            " AND %(column)s <> jsonb_build_object('en_US', %(column)s->'en_US')",
            table=SQL.identifier(table),
            column=SQL.identifier(column),
            own=own(model),
        )
    )
