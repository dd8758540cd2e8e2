"""What ``doc/privacy.md`` says about data is complete."""

import re
from pathlib import Path

from odoo.models import MAGIC_COLUMNS
from odoo.tests import TransactionCase, tagged

PAGE = Path(__file__).parent.parent / "doc/privacy.md"
#: models of ours that know no person; what is new belongs on the page
IMPERSONAL = {
    "mail.tracking.count",
    "mail.tracking.domain",
    "mail.tracking.selector",
    "mail.tracking.sending.domain",
    "mail.tracking.webhook",
    "mail.tracking.webhook.day",
    "mail.tracking.wording",
}


@tagged("post_install", "-at_install")
class TestPrivacyDoc(TransactionCase):
    def named(self):
        """Model -> the fields that its table names."""
        sections = re.split(r"^### `([\w.]+)`", PAGE.read_text(), flags=re.MULTILINE)[1:]
        return {
            model: {
                name
                for line in text.partition("\n## ")[0].splitlines()
                if line.startswith("| `")
                for name in re.findall(r"`(\w+)`", line.split(" | ")[0])
            }
            for model, text in zip(sections[::2], sections[1::2], strict=True)
        }

    def stored(self):
        """Model -> the fields that this addon stores in it."""
        result = {}
        for name, model in self.env.items():
            is_ours = self.env.registry[name]._original_module == "mail_tracking"
            if model._abstract or model._transient or name in IMPERSONAL:
                continue
            if is_ours or name == "res.partner":
                result[name] = {
                    field.name
                    for field in model._fields.values()
                    if field.store
                    and field.column_type
                    and field.name not in MAGIC_COLUMNS
                    and "mail_tracking" in field._modules
                }
        return result

    def test_every_stored_field_about_a_person_is_on_the_page(self):
        named, stored = self.named(), self.stored()
        self.assertGreaterEqual(len(stored["mail.tracking.email"]), 40)
        missing = {
            model: sorted(names - named.get(model, set())) for model, names in stored.items()
        }
        self.assertEqual({model: names for model, names in missing.items() if names}, {})

    def test_the_tables_are_found(self):
        named = self.named()
        self.assertLessEqual({"mail.tracking.email", "mail.tracking.consent"}, set(named))
        self.assertIn("recipient_address", named["mail.tracking.email"])

    def test_impersonal_models_name_nobody(self):
        for name in IMPERSONAL:
            fields = set(self.env[name]._fields)
            self.assertFalse(fields & {"partner_id", "address", "recipient", "ip"}, name)
