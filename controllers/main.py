import base64
import logging

import psycopg2

from odoo import http
from odoo.http import request

from ..models.guard import tracking_guard
from ..models.setup.check_pixel import PROOF_HEADER
from ..tools import clients, tokens
from .databases import find_sealed, is_served, own_environment

_logger = logging.getLogger(__name__)

#: a transparent GIF of one pixel
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PIXEL_HEADERS = [
    ("Content-Type", "image/gif"),
    ("Content-Length", str(len(PIXEL))),
    ("Cache-Control", "no-store, no-cache, must-revalidate, private, max-age=0"),
    ("Pragma", "no-cache"),
    ("Expires", "0"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
]
MAX_DIGITS = 10


def pixel_response(headers=()):
    """The image.

    :param list headers: pairs of name and value, besides the usual ones
    :rtype: odoo.http.Response
    """
    return http.Response(PIXEL, headers=[*PIXEL_HEADERS, *headers])


class PixelDispatcher(http.HttpDispatcher):
    """Requests of the image: the mail shows no broken picture, whatever goes wrong."""

    routing_type = "mail_tracking_pixel"

    def handle_error(self, exc):
        """Answer as ever; what went wrong is in the log.

        :param Exception exc: for example that PostgreSQL has just gone down
        :return: the image
        """
        return pixel_response()


PIXEL_ROUTING = {
    "type": PixelDispatcher.routing_type,
    "auth": "none",
    "methods": ["GET", "HEAD"],
    "csrf": False,
    "save_session": False,
    "readonly": False,
}


class MailTrackingController(http.Controller):
    """The tracking pixel.

    Whatever comes, the answer is the same image: a stranger learns nothing, and a
    mail never shows a broken picture. The route needs no database of its own: whose
    image it is can be told from its address, by the servers of that database alone.
    """

    _pixel_url = "/mail_tracking/open/<string:token>.gif"
    _pixel_old_urls = [
        # no <int:>, on which Python chokes when there are thousands of digits
        "/mail/tracking/open/<string:db>/<string:tracking_email_id>/blank.gif",
        "/mail/tracking/open/<string:db>/<string:tracking_email_id>/<string:token>/blank.gif",
    ]

    @http.route(_pixel_url, **PIXEL_ROUTING)
    def mail_tracking_pixel(self, token, **kwargs):
        if sealed := tokens.split_image_token(token):
            proof = self._note_hit(lambda: find_sealed(*sealed), "_image_hit", sealed[0])
            return pixel_response([(PROOF_HEADER, proof)] if proof else [])
        # addresses of earlier versions
        ref = tokens.read_pixel_token(token)
        if ref and ref.secret:
            self._note_old_hit(*ref)
        return pixel_response()

    @http.route(_pixel_old_urls, **PIXEL_ROUTING)
    def mail_tracking_open(self, db, tracking_email_id, token="", **kwargs):
        """URLs that lie in people's inboxes since earlier versions."""
        number = str(tracking_email_id)
        if number.isdecimal() and len(number) <= MAX_DIGITS:
            self._note_old_hit(db, int(number), token)
        return pixel_response()

    def _note_old_hit(self, db, row_id, secret):
        """Log a hit on an image whose address names database, tracking and secret."""
        self._note_hit(lambda: db if is_served(db) else None, "_pixel_hit", row_id, secret)

    def _note_hit(self, find_database, method, *args):
        """Have a database note a hit, in a transaction of its own.

        :param find_database: returns its name, None where there is none
        :param str method: of ``mail.tracking.email``; called with what is known of the client too
        :return: what the method returned, None where nothing was noted
        """
        # Odoo lets OPTIONS through as well: nobody looks at an image with that, or with HEAD
        if request.httprequest.method != "GET":
            return None
        metadata = self._request_metadata()
        with tracking_guard("noting an opening", "the image comes all the same"):
            db = None
            try:
                if db := find_database():
                    # who is logged in to that database in the client that shows the image
                    uid = request.session.uid if request.session.db == db else None
                    with own_environment(db) as env:
                        if "mail.tracking.email" in env:
                            Tracking = env["mail.tracking.email"]
                            return getattr(Tracking, method)(
                                *args, {**metadata, "session_uid": uid}
                            )
            except (psycopg2.Error, KeyError, AttributeError) as error:
                # no such database, not an Odoo one, or it is down: nothing is wrong here
                _logger.warning("An opening in %r was not noted: %s", db, error)
        return None

    def _request_metadata(self):
        """What is known of the client: ``ip``, ``user_agent``, ``os_family``, ``ua_family``."""
        return clients.request_metadata(request.httprequest)
