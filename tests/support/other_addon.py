"""A database as the other addon of this name left it, made of the names that it uses.

``build`` turns a database with ``mail`` into one in which that addon, 19.0.1.0.6, is
installed; ``other_addon_rows.fill`` adds as many rows as wanted.
"""

from psycopg2 import sql

VERSION = "19.0.1.0.6"
STATES = (
    *(None, "error", "deferred", "sent", "delivered", "opened"),
    *("rejected", "spam", "unsub", "bounced", "soft-bounced"),
)
LOG_COLUMNS = "create_uid int, write_uid int, create_date timestamp, write_date timestamp"

EMAIL_FIELDS = {
    "name": "char",
    "display_name": "char",
    "timestamp": "float",
    "time": "datetime",
    "date": "date",
    "mail_message_id": "many2one mail.message",
    "mail_id": "many2one mail.mail",
    "partner_id": "many2one res.partner",
    "recipient": "char",
    "recipient_address": "char",
    "sender": "char",
    "state": "selection",
    "error_smtp_server": "char",
    "error_type": "char",
    "error_description": "char",
    "bounce_type": "char",
    "bounce_description": "char",
    "token": "char",
    "forgotten_field": "char",
}
EVENT_FIELDS = {
    "recipient": "char",
    "recipient_address": "char",
    "timestamp": "float",
    "time": "datetime",
    "date": "date",
    "tracking_email_id": "many2one mail.tracking.email",
    "event_type": "selection",
    "smtp_server": "char",
    "url": "char",
    "ip": "char",
    "user_agent": "char",
    "mobile": "boolean",
    "os_family": "char",
    "ua_family": "char",
    "ua_type": "char",
    "user_country_id": "many2one res.country",
    "error_type": "char",
    "error_description": "char",
    "error_details": "text",
}
FIELDS = {
    "mail.tracking.email": EMAIL_FIELDS,
    "mail.tracking.event": EVENT_FIELDS,
    "mail.tracking.forgotten": {"name": "char"},
    "mail.message": {
        "mail_tracking_needs_action": "boolean",
        "email_to": "char",
        "email_cc": "char",
    },
    "res.partner": {"email_bounced": "boolean"},
    "res.company": {"mail_tracking_show_aliases": "boolean"},
}
OWN_MODELS = ("mail.tracking.email", "mail.tracking.event", "mail.tracking.forgotten")
#: fields that are computed, and so have no column
COMPUTED_FIELDS = {
    "mail.tracking.email": {"message_id": "char", "tracking_event_ids": "one2many"},
    "mail.message": {"mail_tracking_ids": "one2many", "is_failed_message": "boolean"},
    "res.partner": {"email_score": "float", "tracking_emails_count": "integer"},
}
COLUMN_TYPES = {
    "char": "varchar",
    "text": "text",
    "float": "numeric",
    "datetime": "timestamp",
    "date": "date",
    "selection": "varchar",
    "boolean": "bool",
    "many2one": "int",
}
SELECTIONS = {
    ("mail.tracking.email", "state"): [state for state in STATES if state],
    ("mail.tracking.event", "event_type"): [
        *("sent", "delivered", "deferral", "hard_bounce", "soft_bounce"),
        *("open", "click", "spam", "unsub", "reject"),
    ],
}
PARAMETERS = {
    "mail_tracking.base.url": "https://pixel.example.com",
    "mail_tracking.tracking_img_disabled": "False",
    "mail_tracking.mail_tracking_email_max_age_days": "36500",
}


def build(cr):
    """Install the other addon, as far as a database shows that."""
    for model, fields in FIELDS.items():
        build_table(cr, model, fields)
        for name, kind in {**fields, **COMPUTED_FIELDS.get(model, {})}.items():
            build_field(cr, model, name, kind.split()[0], stored=name in fields)
    cr.execute(
        "CREATE INDEX mail_tracking_email__recipient_address_index"
        " ON mail_tracking_email (recipient_address)"
    )
    cr.execute(
        "ALTER TABLE mail_tracking_email ADD CONSTRAINT mail_tracking_email_old_check"
        " CHECK (length(name) < 100000)"
    )
    build_records(cr)
    for key, value in PARAMETERS.items():
        query = "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s) RETURNING id"
        cr.execute(query, [key, value])
    add_name(cr, "old_parameter", "ir.config_parameter", cr.fetchone()[0], noupdate=True)
    cr.execute(
        """INSERT INTO ir_module_module (name, state, latest_version)
                VALUES ('mail_tracking', 'installed', %(version)s)
           ON CONFLICT (name) DO UPDATE SET state = 'installed', latest_version = %(version)s""",
        {"version": VERSION},
    )
    cr.execute("SELECT id FROM ir_module_module WHERE name = 'mail_tracking'")
    module = cr.fetchone()[0]
    cr.execute("DELETE FROM ir_module_module_dependency WHERE module_id = %s", [module])
    cr.execute(
        "INSERT INTO ir_module_module_dependency (name, module_id) VALUES ('mail', %s)", [module]
    )
    cr.execute(
        """INSERT INTO ir_model_constraint (name, definition, type, module, model)
                SELECT 'mail_tracking_email_old_check', 'CHECK (length(name) < 100000)', 'u', %s, id
                  FROM ir_model WHERE model = 'mail.tracking.email' RETURNING id""",
        [module],
    )
    add_name(cr, "constraint_old_check", "ir.model.constraint", cr.fetchone()[0])
    cr.execute(
        """INSERT INTO ir_model_constraint (name, type, module, model)
                SELECT conname, 'f', %s, model.id
                  FROM pg_constraint
                  JOIN pg_class ON pg_class.oid = conrelid
                  JOIN ir_model model ON model.model = replace(relname, '_', '.')
                 WHERE contype = 'f' AND model.model IN %s""",
        [module, tuple(OWN_MODELS)],
    )


def build_table(cr, model, fields):
    table = model.replace(".", "_")
    if model in OWN_MODELS:
        cr.execute(
            sql.SQL("CREATE TABLE {} (id serial PRIMARY KEY, {})").format(
                sql.Identifier(table), sql.SQL(LOG_COLUMNS)
            )
        )
        cr.execute(
            "INSERT INTO ir_model (model, name, \"order\", state) VALUES (%s, %s, 'id', 'base')"
            " RETURNING id",
            [model, '{"en_US": "Old", "fr_FR": "Ancien"}'],
        )
        add_name(cr, f"model_{table}", "ir.model", cr.fetchone()[0])
    else:
        cr.execute("SELECT id FROM ir_model WHERE model = %s", [model])
        add_name(cr, f"model_{table}", "ir.model", cr.fetchone()[0])
    for name, kind in fields.items():
        kind, _space, comodel = kind.partition(" ")
        cr.execute(
            sql.SQL("ALTER TABLE {} ADD COLUMN {} {}").format(
                sql.Identifier(table), sql.Identifier(name), sql.SQL(COLUMN_TYPES[kind])
            )
        )
        if comodel:
            build_key(cr, table, name, comodel.replace(".", "_"))


def build_key(cr, table, column, target):
    action = sql.SQL("CASCADE" if column == "tracking_email_id" else "SET NULL")
    cr.execute(
        sql.SQL(
            "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ON DELETE {}"
        ).format(
            sql.Identifier(table),
            sql.Identifier(f"{table}_{column}_fkey"),
            sql.Identifier(column),
            sql.Identifier(target),
            action,
        )
    )


def build_field(cr, model, name, kind, *, stored):
    cr.execute(
        """INSERT INTO ir_model_fields (model, model_id, name, field_description, ttype, state,
                                        store, copied, relation)
                SELECT model, id, %s, '{"en_US": "Old", "fr_FR": "Ancien"}', %s, 'base', %s, true,
                       %s
                  FROM ir_model WHERE model = %s RETURNING id""",
        [name, kind, stored, "mail.message" if "many" in kind else None, model],
    )
    field_id = cr.fetchone()[0]
    add_name(cr, f"field_{model.replace('.', '_')}__{name}", "ir.model.fields", field_id)
    for number, value in enumerate(SELECTIONS.get((model, name), ())):
        cr.execute(
            "INSERT INTO ir_model_fields_selection (field_id, value, name, sequence)"
            ' VALUES (%s, %s, \'{"en_US": "Old"}\', %s) RETURNING id',
            [field_id, value, number],
        )
        add_name(
            cr,
            f"selection__{model.replace('.', '_')}__{name}__{value.replace('-', '_')}",
            "ir.model.fields.selection",
            cr.fetchone()[0],
        )


def add_name(cr, name, model, res_id, *, noupdate=False):
    cr.execute(
        "INSERT INTO ir_model_data (module, name, model, res_id, noupdate)"
        " VALUES ('mail_tracking', %s, %s, %s, %s)",
        [name, model, res_id, noupdate],
    )


# ------------------------------------------------------------
# VIEWS, MENUS, ACTIONS, ACCESS
# ------------------------------------------------------------


def build_records(cr):
    """Records of the names that stay, wrong in all they say, and others that have to go."""
    cr.execute("SELECT res_id FROM ir_model_data WHERE name = 'group_user' AND module = 'base'")
    group = cr.fetchone()[0]
    for name in ("view_mail_tracking_email_form", "view_old_form"):
        build_view(cr, name, group)
    for name in ("action_view_mail_tracking_email", "action_view_mail_tracking_event", "old_act"):
        action = build_action(cr, name, group)
    for name in ("menu_mail_tracking_email", "menu_old"):
        cr.execute(
            "INSERT INTO ir_ui_menu (name, active, sequence, action, web_icon) VALUES"
            " (%s, false, 1, %s, 'mail,old.png') RETURNING id",
            ['{"en_US": "Old", "fr_FR": "Ancien"}', f"ir.actions.act_window,{action}"],
        )
        menu = cr.fetchone()[0]
        cr.execute("INSERT INTO ir_ui_menu_group_rel (menu_id, gid) VALUES (%s, %s)", [menu, group])
        add_name(cr, name, "ir.ui.menu", menu)
    cr.execute("SELECT id FROM ir_model WHERE model = 'mail.tracking.email'")
    model = cr.fetchone()[0]
    for name in ("mail_tracking_email_rule_user", "old_rule"):
        cr.execute(
            "INSERT INTO ir_rule (name, model_id, active, domain_force, global, perm_read,"
            " perm_write, perm_create, perm_unlink)"
            " VALUES ('Old', %s, true, '[]', true, true, true, true, true) RETURNING id",
            [model],
        )
        add_name(cr, name, "ir.rule", cr.fetchone()[0], noupdate=True)
    for name in ("access_mail_tracking_email_user", "access_old"):
        cr.execute(
            "INSERT INTO ir_model_access (name, model_id, group_id, active, perm_read, perm_write,"
            " perm_create, perm_unlink) VALUES (%s, %s, %s, true, true, true, true, true)"
            " RETURNING id",
            [name, model, group],
        )
        add_name(cr, name, "ir.model.access", cr.fetchone()[0])
    build_cron(cr, model)


def build_view(cr, name, group):
    cr.execute(
        "INSERT INTO ir_ui_view (name, model, type, arch_db, priority, active, mode) VALUES"
        " (%s, 'mail.tracking.email', 'form', %s, 3, false, 'primary') RETURNING id",
        [name, '{"en_US": "<form><field name=\\"name\\"/></form>", "fr_FR": "<form/>"}'],
    )
    view = cr.fetchone()[0]
    cr.execute(
        "INSERT INTO ir_ui_view_group_rel (view_id, group_id) VALUES (%s, %s)", [view, group]
    )
    add_name(cr, name, "ir.ui.view", view)


def build_action(cr, name, group):
    cr.execute(
        "INSERT INTO ir_act_window (name, type, binding_type, binding_view_types, res_model,"
        " view_mode, context, domain, target, \"limit\") VALUES (%s, 'ir.actions.act_window',"
        " 'action', 'list,form', 'mail.tracking.email', 'list', '{\"x\": 1}', '[]', 'new', 5)"
        " RETURNING id",
        ['{"en_US": "Old", "fr_FR": "Ancien"}'],
    )
    action = cr.fetchone()[0]
    cr.execute("INSERT INTO ir_act_window_group_rel (act_id, gid) VALUES (%s, %s)", [action, group])
    add_name(cr, name, "ir.actions.act_window", action)
    return action


def build_cron(cr, model):
    cr.execute(
        "INSERT INTO ir_act_server (name, type, binding_type, binding_view_types, model_id,"
        " state, usage, code, sequence) VALUES ('{\"en_US\": \"Old\"}', 'ir.actions.server',"
        " 'action', 'list,form', %s, 'code', 'ir_cron', 'pass', 5)"
        " RETURNING id",
        [model],
    )
    action = cr.fetchone()[0]
    add_name(cr, "old_cron_ir_actions_server", "ir.actions.server", action, noupdate=True)
    cr.execute(
        "INSERT INTO ir_cron (cron_name, ir_actions_server_id, user_id, active, interval_number,"
        " interval_type, nextcall, priority) VALUES ('Old', %s, 1, true, 1, 'days',"
        " '2099-01-01', 5) RETURNING id",
        [action],
    )
    add_name(cr, "old_cron", "ir.cron", cr.fetchone()[0], noupdate=True)
