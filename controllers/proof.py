from odoo import http
from odoo.http import content_disposition, request

from ..models.proof.mail_tracking_email import MAX_EMAILS

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
        trackings = request.env["mail.tracking.email"].browse(
            [number for number in ids if 0 < number < 2**31]
        )
        if not request.env.user._is_internal() or not trackings.exists():
            raise request.not_found()
        name = f"{request.env._('Proof of sending')}.json"
        headers = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(trackings.exists()._get_proof_data(), headers)
