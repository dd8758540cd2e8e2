import json
import time

import requests
import urllib3.exceptions

from odoo import api, models

from ..tools.providers import sns
from ..tools.providers.base import Settings
from ..tools.providers.errors import Unavailable

FETCH_TIMEOUT = (3.05, 5)  # seconds to connect, and between two packets
MAX_FETCH = 64 * 1024
#: certificates kept; a service renews its own once in a while
MAX_CERTIFICATES = 4


class MailTrackingWebhook(models.Model):
    """The adapter of a service, and what it needs of a webhook."""

    _inherit = "mail.tracking.webhook"

    def _get_provider_class(self):
        return self._get_provider_classes()[self.provider]

    def _get_provider(self):
        """The adapter of this webhook, set up.

        :rtype: tools.providers.base.Provider
        """
        self.ensure_one()
        return self._get_provider_class()(
            Settings(
                url=self.url or "",
                modern_only=self.modern_only,
                configuration_set=(self.configuration_set or "").strip(),
                mapping=json.loads(self.mapping or "{}"),
                fetch=self._fetch_certificate,
            )
        )

    def _get_topics(self):
        return [line.strip() for line in (self.topics or "").splitlines() if line.strip()]

    def _get_secrets(self):
        """What proves that the service sent something; none means that nothing does.

        :rtype: list
        """
        self.ensure_one()
        if self.provider == "amazon_ses":
            return self._get_topics()
        return [secret for secret in (self.secret, self.previous_secret) if secret]

    def _fetch_certificate(self, url):
        """A certificate, from the database or from an address that the adapter approved.

        :param str url: built from the host of a topic that is allowed
        :rtype: bytes
        :raise Unavailable: when it cannot be had
        """
        known = dict(self.certificates or {})
        if url not in known:
            content = self._fetch(url).decode("ascii", "replace")
            sns.certificate_key(content.encode(), time.time())  # one that is no use is not kept
            kept = list(known.items())[-(MAX_CERTIFICATES - 1) :]
            known = {**dict(kept), url: content}
            self.certificates = known
        return known[url].encode()

    @api.model
    def _fetch(self, url):
        """Get a small file over HTTPS, without following redirections.

        :param str url: an address that the adapter approved
        :rtype: bytes
        :raise Unavailable: when it cannot be had
        """
        try:
            with requests.get(
                url, timeout=FETCH_TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                content = response.raw.read(MAX_FETCH + 1, decode_content=True)
                if response.status_code != 200 or len(content) > MAX_FETCH:
                    raise Unavailable
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # reading the raw answer, its compression included, raises urllib3's own errors
            raise Unavailable from error
        return content
