from odoo import models
from odoo.http import request

from ...tools import clients
from ..guard import tracking_guard

#: the image in the mails of mass_mailing, which keeps its own instead of ours
MAILING_PIXEL = "/mail/track/<int:mail_id>/<string:token>/blank.gif"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Override of ``base`` to learn of openings that mass_mailing is told of.

        It has checked the token by the time that it answers.
        """
        response = super()._dispatch(endpoint)
        if MAILING_PIXEL in endpoint.routing["routes"] and request.httprequest.method == "GET":
            with tracking_guard("noting the opening of a mailing"), request.env.cr.savepoint():
                cls._tracking_mailing_hit(request.params["mail_id"])
        return response

    @classmethod
    def _tracking_mailing_hit(cls, mail_id):
        metadata = clients.request_metadata(request.httprequest)
        metadata["session_uid"] = request.session.uid
        # sudo: mail.tracking.email - whoever knows the token has the mail
        request.env["mail.tracking.email"].sudo()._mailing_hit(mail_id, metadata)
