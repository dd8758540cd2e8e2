import logging
import time
from urllib.parse import urlencode

import psycopg2
from werkzeug.exceptions import RequestEntityTooLarge

from odoo import http
from odoo.exceptions import LockError
from odoo.http import request

from ..tools import tokens
from ..tools.providers.base import Provider
from .databases import is_postgres_down, is_served, own_environment

_logger = logging.getLogger(__name__)

MAX_BODY = 5 * 1024 * 1024
RETRY_AFTER = "60"


class MailTrackingWebhookController(http.Controller):
    """Receives what email services report.

    The address names the database, as services have no session; so the route works on servers
    with several databases, as the pixel does.
    """

    _webhook_url = "/mail_tracking/webhook/<string:provider>/<string:token>"

    @http.route(
        _webhook_url,
        type="http",
        auth="none",
        methods=["POST", "HEAD"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BODY,
    )
    def mail_tracking_webhook(self, provider, token, **kwargs):
        if request.httprequest.method != "POST":  # some services check that the address answers
            return self._answer(200)
        ref = tokens.read_pixel_token(token)
        if ref is None:
            return self._answer(404)
        try:
            body = self._get_body()
        except RequestEntityTooLarge:
            return self._answer(413)
        return self._answer(*self._receive(provider, ref, body))

    def _get_body(self):
        """The bytes that came; a form, which werkzeug has consumed already, is encoded again."""
        body = request.httprequest.get_data(cache=False)
        if not body and request.httprequest.form:
            pairs = list(request.httprequest.form.items(multi=True))
            body = urlencode(pairs, errors="replace").encode()
        return body

    def _receive(self, provider, ref, body):
        """HTTP status for a request, and where the service expects one the content."""
        retry_status = Provider.by_code.get(provider, Provider).retry_status
        try:
            # a database that was renamed is found by its host name
            db = ref.db if is_served(ref.db) else request.db
            if not db:
                # while PostgreSQL is down, or was just now, no database is known
                return (retry_status if is_postgres_down() or is_served(ref.db) else 404,)
            headers = {name.lower(): value for name, value in request.httprequest.headers.items()}
            with own_environment(db) as env:
                if "mail.tracking.webhook" not in env:
                    return (404,)
                return env["mail.tracking.webhook"]._receive(
                    ref.row_id, ref.secret, provider, headers, body, time.time()
                )
        except (psycopg2.Error, LockError, KeyError, AttributeError) as error:
            _logger.warning("A webhook of %r has to wait: %s", provider[:50], error)
            return (retry_status,)

    def _answer(self, status, content=b""):
        content_type = "application/json" if content else "text/plain"
        headers = [("Content-Type", content_type), ("Cache-Control", "no-store")]
        if status == 401:
            # some services send credentials only when they are asked for them
            headers.append(("WWW-Authenticate", 'Basic realm="webhook"'))
        if status in (429, 503):
            headers.append(("Retry-After", RETRY_AFTER))
        return request.make_response(content, headers=headers, status=status)
