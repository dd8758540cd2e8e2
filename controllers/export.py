from odoo import fields, http
from odoo.http import request

from .download import make_download


class PrivacyExportController(http.Controller):
    """The file with all that is kept about a person."""

    @http.route(
        "/mail_tracking/export/<int:privacy_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def export(self, privacy_id):
        """Send the file to the administrator who opened the dialog.

        It is made while it is asked for: nothing is left on the server. Its name, which ends in
        the history of the browser, names nobody.

        :param int privacy_id: id of the dialog
        """
        privacy = request.env["mail.tracking.privacy"].browse(privacy_id)
        privacy._check_is_administrator()
        if not privacy.exists():
            raise request.not_found()
        return make_download(privacy._export(), f"email-tracking-{fields.Date.today()}.json")
