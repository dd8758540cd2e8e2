from odoo import models
from odoo.http import request

from ...tools import clients
from ...tools import events as ev
from ..guard import tracking_guard

#: the pixel of mass_mailing, whose emails do not get ours
PIXEL_ROUTE = "/mail/track/<int:mail_id>/<string:token>/blank.gif"
#: a link in an email of mass_mailing, with the number of the recipient's trace
LINK_ROUTE = "/r/<string:code>/m/<int:mailing_trace_id>"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Override of ``base`` to log hits on the pixel of mass_mailing, as far as that may be.

        mass_mailing is no dependency, and has checked the token by the time that it answers. What
        it noted itself of an open or a click that may not be known is undone: its answer stays.
        """
        routes = endpoint.routing["routes"]
        if PIXEL_ROUTE in routes:
            event_type = ev.OPEN
        elif LINK_ROUTE in routes:
            event_type = ev.CLICK
        else:
            return super()._dispatch(endpoint)
        # sudo: mail.tracking.email - who knows the address has the email
        trackings = request.env["mail.tracking.email"].sudo()
        with request.env.cr.savepoint() as savepoint:
            response = super()._dispatch(endpoint)
            request.env.flush_all()
            is_noted = False
            guard = tracking_guard("looking up what a mailing may note", "nothing is noted")
            with guard, request.env.cr.savepoint():
                trackings = trackings._get_of_mailing(request.params)
                is_noted = trackings._is_noted_by_mailing(event_type)
            if not is_noted:
                savepoint.rollback()
        if event_type == ev.OPEN and request.httprequest.method == "GET":
            with tracking_guard("logging an open of a mailing"), request.env.cr.savepoint():
                metadata = clients.request_metadata(request.httprequest)
                metadata["session_uid"] = request.session.uid
                trackings._log_mailing_open(metadata)
        return response
