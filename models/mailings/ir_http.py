from odoo import models
from odoo.http import request

from ...tools import clients
from ..guard import tracking_guard

#: the pixel of mass_mailing, whose emails do not get ours
MAILING_PIXEL = "/mail/track/<int:mail_id>/<string:token>/blank.gif"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Override of ``base`` to log hits on the pixel of mass_mailing.

        mass_mailing is no dependency, and has checked the token by the time that it answers.
        """
        response = super()._dispatch(endpoint)
        if MAILING_PIXEL in endpoint.routing["routes"] and request.httprequest.method == "GET":
            with tracking_guard("logging an open of a mailing"), request.env.cr.savepoint():
                metadata = clients.request_metadata(request.httprequest)
                metadata["session_uid"] = request.session.uid
                # sudo: mail.tracking.email - whoever knows the token has the email
                Tracking = request.env["mail.tracking.email"].sudo()
                Tracking._mailing_hit(request.params["mail_id"], metadata)
        return response
