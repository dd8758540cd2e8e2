"""Nothing in the product has to be guessed: each field, setting and empty list explains itself."""

from lxml import etree

from odoo.models import MAGIC_COLUMNS
from odoo.tests import TransactionCase, tagged

#: what every model has, or core explains
PLAIN = {*MAGIC_COLUMNS, "display_name"}


@tagged("post_install", "-at_install")
class TestHelp(TransactionCase):
    def own_models(self):
        return [
            model
            for name, model in self.env.items()
            if self.env.registry[name]._original_module == "mail_tracking"
        ]

    def test_every_field_of_ours_has_a_help_text(self):
        names = {model._name for model in self.own_models()}
        self.assertLessEqual(
            {"mail.tracking.email", "mail.tracking.event", "mail.tracking.webhook"}, names
        )
        silent = []
        for name, model in self.env.items():
            for field in model._fields.values():
                of_core = field._modules[:1] == ("mail",)  # of mail.thread and the like
                is_ours = name in names and not of_core or "mail_tracking" in field._modules[:1]
                if is_ours and field.name not in PLAIN and not field.help:
                    silent.append(str(field))
        self.assertEqual(silent, [])

    def test_help_says_more_than_the_label(self):
        for model in self.own_models():
            for field in model._fields.values():
                if field.name not in PLAIN:
                    self.assertNotEqual((field.help or "").rstrip("."), field.string, str(field))

    def test_every_empty_list_explains_itself(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", "mail_tracking"), ("model", "=", "ir.actions.act_window")]
        )
        actions = self.env["ir.actions.act_window"].browse(data.mapped("res_id"))
        self.assertGreaterEqual(len(actions), 4)
        for action in actions:
            self.assertIn("o_view_nocontent_smiling_face", action.help or "", action.name)
            self.assertGreaterEqual(len(etree.HTML(action.help).findall(".//p")), 2, action.name)

    def test_every_setting_has_a_line_of_help(self):
        view = self.env.ref("mail_tracking.res_config_settings_view_form")
        blocks = etree.fromstring(view.arch).findall(".//block[@title]")
        self.assertEqual([block.get("title") for block in blocks], ["Email tracking", "Privacy"])
        settings = [setting for block in blocks for setting in block.findall("setting")]
        self.assertGreaterEqual(len(settings), 14)
        for setting in settings:
            self.assertTrue(setting.get("help"), etree.tostring(setting))
