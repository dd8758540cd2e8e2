"""The adapter of a service that exists nowhere."""

from odoo.tools.translate import LazyTranslate

from odoo.addons.mail_tracking.tools import events as ev
from odoo.addons.mail_tracking.tools.providers import values
from odoo.addons.mail_tracking.tools.providers.base import Provider
from odoo.addons.mail_tracking.tools.providers.errors import SetupError
from odoo.addons.mail_tracking.tools.providers.signatures import check_password

_lt = LazyTranslate(__name__)
REGIONS = ("eu", "us")


class Acme(Provider):
    code = "acme"
    label = "Acme Mail"
    setup_help = (_lt("The secret is the key of the region."),)
    setup_fields = ("x_acme_region",)
    retry_status = 425
    KIND_TO_TYPE = {"arrived": ev.DELIVERED}

    def check_setup(self):
        region = self.settings.values["x_acme_region"]
        if region and region not in REGIONS:
            raise SetupError(_lt("There is no such region."))

    def secrets(self, stored):
        region = self.settings.values["x_acme_region"]
        return [f"{region}:{secret}" for secret in stored] if region else []

    def headers(self, token, existing):
        return {"X-Acme": f"{self.settings.values['x_acme_region']} {token}"}

    def _verify(self, headers, body, secrets, now):
        check_password(headers, secrets)

    def _read(self, item):
        yield self._typed(
            values.text(item.get("kind")),
            key=values.text(item.get("id")),
            token=values.token(item.get("token")),
        )
