from odoo import http
from odoo.http import request

from odoo.addons.mail_tracking.controllers.main import MailTrackingController


class HooksController(MailTrackingController):
    """The webhook of a service, as other addons add one."""

    @http.route(
        "/mail/tracking/hooks",
        type="jsonrpc",
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def mail_tracking_hooks(self, token, event, **metadata):
        # sudo: mail.tracking.email - the token is the key
        row = request.env["mail.tracking.email"].sudo().search([("token", "=", token)])
        metadata.update(self._request_metadata())
        return row.event_create(event, metadata).mapped("event_type")

    def _request_metadata(self):
        return {**super()._request_metadata(), "ua_family": "Hooked client"}
