from odoo import http
from odoo.http import request

from ..models.proof.mail_tracking_email import MAX_EMAILS
from .download import make_download

#: of an id; Python refuses to read thousands
MAX_DIGITS = 10


class MailTrackingProofController(http.Controller):
    """The proof of sending as a file."""

    @http.route("/mail_tracking/proof/<string:numbers>", type="http", auth="user", methods=["GET"])
    def mail_tracking_proof(self, numbers):
        """The proof of these emails as signed data, for who may see their tracking.

        :param str numbers: ids of trackings, separated by commas
        """
        ids = [
            int(number)
            for number in numbers.split(",")[: MAX_EMAILS + 1]
            if number.isascii() and number.isdigit() and len(number) <= MAX_DIGITS
        ]
        ids = [number for number in ids if 0 < number < 2**31]
        trackings = request.env["mail.tracking.email"].browse(ids).exists()
        if not request.env.user._is_internal() or not trackings:
            raise request.not_found()
        name = request.env._("Proof of sending")
        return make_download(trackings._get_proof_data(), f"{name}.json")
