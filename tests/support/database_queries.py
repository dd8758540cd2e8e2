"""Queries that tell what a database consists of, as far as an addon can change it."""

OWN = "SELECT name, res_id FROM ir_model_data WHERE module = 'mail_tracking' AND model = '%s'"
#: what a database with this addon consists of, as far as other addons and people can tell
STRUCTURE = {
    "columns": """SELECT table_name, column_name, udt_name, is_nullable
                    FROM information_schema.columns WHERE table_schema = 'public'""",
    "indexes": "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
                        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
}
# what each model with a chatter has, Odoo writes down when that model's own addon is updated
OF_RECORDS = """('failed_message_ids', 'mail_tracking_last_email',
    'mail_tracking_last_email_column', 'mail_tracking_last_date', 'mail_tracking_not_opened',
    'mail_tracking_not_answered', 'mail_tracking_address_bounced')"""
RECORDS = {
    "names": f"""SELECT model, name, noupdate FROM ir_model_data
                 WHERE module = 'mail_tracking' AND name NOT LIKE 'demo_%%'
                   AND regexp_replace(name, '^field_.+?__', '') NOT IN {OF_RECORDS}
                   AND model <> 'ir.model.inherit'""",
    "views": f"""SELECT own.name, view.name, type,
                        regexp_replace(arch_db->>'en_US', 'name="[0-9]+"', 'name=""', 'g'),
                        (arch_db - 'en_US')::text, priority, active, mode,
                        (SELECT parent.name FROM ir_model_data parent
                          WHERE parent.model = 'ir.ui.view' AND parent.res_id = view.inherit_id)
                   FROM ir_ui_view view JOIN ({OWN % "ir.ui.view"}) own ON own.res_id = view.id""",
    "view groups": f"""SELECT own.name, count(*) FROM ir_ui_view_group_rel
                         JOIN ({OWN % "ir.ui.view"}) own ON own.res_id = view_id GROUP BY 1""",
    "menus": f"""SELECT own.name, menu.name::text, active, sequence, web_icon, parent.name,
                        split_part(menu.action, ',', 1)
                   FROM ir_ui_menu menu JOIN ({OWN % "ir.ui.menu"}) own ON own.res_id = menu.id
              LEFT JOIN ir_model_data parent ON parent.model = 'ir.ui.menu'
                        AND parent.res_id = menu.parent_id""",
    "menu groups": f"""SELECT own.name, groups.name FROM ir_ui_menu_group_rel
                         JOIN ({OWN % "ir.ui.menu"}) own ON own.res_id = menu_id
                         JOIN ir_model_data groups ON groups.model = 'res.groups'
                              AND groups.res_id = gid""",
    "actions": f"""SELECT own.name, act.name::text, res_model, view_mode, context, domain, target,
                          "limit", path, help::text,
                          (SELECT name FROM ir_ui_view WHERE id = search_view_id),
                          (SELECT name FROM ir_ui_view WHERE id = act.view_id)
                     FROM ir_act_window act
                     JOIN ({OWN % "ir.actions.act_window"}) own ON own.res_id = act.id""",
    "access": f"""SELECT own.name, perm_read, perm_write, perm_create, perm_unlink, active
                    FROM ir_model_access JOIN ({OWN % "ir.model.access"}) own
                      ON own.res_id = ir_model_access.id""",
    "rules": f"""SELECT own.name, domain_force, active, global, perm_write FROM ir_rule
                   JOIN ({OWN % "ir.rule"}) own ON own.res_id = ir_rule.id""",
    "crons": "SELECT cron_name, active FROM ir_cron",
    "fields": f"""SELECT model, name, ttype, store, field_description::text, help::text
                   FROM ir_model_fields WHERE name NOT IN {OF_RECORDS}""",
    "models": "SELECT model, name->>'en_US' FROM ir_model",
    "words": f"""SELECT own.name, selection.value, selection.name::text
                   FROM ir_model_fields_selection selection
                   JOIN ({OWN % "ir.model.fields.selection"}) own
                     ON own.res_id = selection.id""",
    "database constraints": "SELECT name, type, definition FROM ir_model_constraint",
}
#: everything that an uninstalled addon may have left behind
TRACES = {
    "names": "SELECT model, name FROM ir_model_data WHERE module = 'mail_tracking'"
    " AND model <> 'ir.module.module'",
    "views": "SELECT count(*) FROM ir_ui_view",
    "menus": "SELECT count(*) FROM ir_ui_menu",
    "actions": "SELECT name::text, type FROM ir_actions",
    "crons": "SELECT cron_name FROM ir_cron",
    "parameters": "SELECT key FROM ir_config_parameter WHERE key LIKE '%%tracking%%'",
    "groups": "SELECT name::text FROM res_groups",
    "implied groups": "SELECT count(*) FROM res_groups_implied_rel",
    "rules": "SELECT name::text FROM ir_rule",
    "access": "SELECT name FROM ir_model_access",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model, name FROM ir_model_fields",
    "filters": "SELECT model_id FROM ir_filters",
    "database constraints": "SELECT name FROM ir_model_constraint",
    "files": "SELECT res_model FROM ir_attachment WHERE res_model LIKE '%%tracking%%'",
    "defaults": "SELECT count(*) FROM ir_default",
    "assets": "SELECT count(*) FROM ir_asset",
}
