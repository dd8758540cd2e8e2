"""Pigeon Post, which carries emails on foot."""

from odoo.tools.translate import LazyTranslate

from odoo.addons.mail_tracking.tools import events as ev
from odoo.addons.mail_tracking.tools.providers import values
from odoo.addons.mail_tracking.tools.providers.base import TOKEN_KEY, Provider, json_header
from odoo.addons.mail_tracking.tools.providers.errors import SetupError

_lt = LazyTranslate(__name__)


class Pigeon(Provider):
    code = "pigeon"
    label = "Pigeon Post"
    setup_help = (_lt("Tie the address to the left leg."),)
    setup_fields = ("pigeon_loft",)
    refused_status = 418
    retry_status = 425
    KIND_TO_TYPE = {"arrived": ev.DELIVERED, "resting": "resting"}

    def check_setup(self):
        loft = self.settings.values.get("pigeon_loft")
        if loft and " " in loft:
            raise SetupError(_lt("%(text)s is no loft", text=loft))

    def headers(self, token, existing):
        loft = self.settings.values.get("pigeon_loft") or ""
        return {"X-Pigeon-Loft": loft, **json_header(existing, "X-Pigeon", (TOKEN_KEY,), token)}

    def _read(self, item):
        yield self._typed(
            values.text(item.get("kind")),
            key=values.text(item.get("id")),
            token=values.token_in(item.get("pigeon"), TOKEN_KEY),
        )
