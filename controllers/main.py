import base64
import logging

import psycopg2

from odoo import http
from odoo.http import request

from ..models.guard import tracking_guard
from ..models.setup.check_pixel import PROOF_HEADER
from ..tools import clients, tokens
from .databases import is_served, own_environment

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


class MailTrackingController(http.Controller):
    """The tracking pixel.

    Whatever comes, the answer is the same image: a stranger learns nothing, and a
    mail never shows a broken picture. The route needs no database of its own: the
    token names it, and the row lives there.
    """

    _pixel_url = "/mail_tracking/open/<string:token>.gif"
    _pixel_old_urls = [
        # no <int:>, on which Python chokes when there are thousands of digits
        "/mail/tracking/open/<string:db>/<string:tracking_email_id>/blank.gif",
        "/mail/tracking/open/<string:db>/<string:tracking_email_id>/<string:token>/blank.gif",
    ]

    @http.route(
        _pixel_url,
        type=PixelDispatcher.routing_type,
        auth="none",
        methods=["GET", "HEAD"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def mail_tracking_pixel(self, token, **kwargs):
        ref = tokens.read_pixel_token(token)
        if ref is None or not ref.secret:
            return pixel_response()
        if ref.row_id == tokens.CHECK_ROW:
            return pixel_response(self._answer_check(ref.db, ref.secret))
        self._open(ref.db, ref.row_id, ref.secret)
        return pixel_response()

    @http.route(
        _pixel_old_urls,
        type=PixelDispatcher.routing_type,
        auth="none",
        methods=["GET", "HEAD"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def mail_tracking_open(self, db, tracking_email_id, token="", **kwargs):
        """URLs that lie in people's inboxes since earlier versions."""
        number = str(tracking_email_id)
        if number.isdecimal() and len(number) <= MAX_DIGITS:
            self._open(db, int(number), token)
        return pixel_response()

    def _answer_check(self, db, question):
        """Headers that answer the set-up check of that database; none for anybody else."""
        answer = ""
        try:
            if not is_served(db):
                return []
            with own_environment(db) as env:
                if "mail.tracking.setup" in env:
                    answer = env["mail.tracking.setup"]._answer_question(question)
        except (psycopg2.Error, KeyError, AttributeError) as error:
            _logger.warning("The set-up check of %r got no answer: %s", db, error)
        return [(PROOF_HEADER, answer)] if answer else []

    def _open(self, db, row_id, secret):
        """Log a hit, in a transaction of its own, in the database that the token names."""
        # Odoo lets OPTIONS through as well: nobody looks at an image with that, or with HEAD
        if request.httprequest.method != "GET":
            return
        metadata = self._request_metadata()
        # who is logged in to that database in the client that shows the image
        metadata["session_uid"] = request.session.uid if request.session.db == db else None
        with tracking_guard("noting an opening", "the image comes all the same"):
            try:
                if is_served(db):
                    with own_environment(db) as env:
                        if "mail.tracking.email" in env:
                            env["mail.tracking.email"]._pixel_hit(row_id, secret, metadata)
            except (psycopg2.Error, KeyError, AttributeError) as error:
                # no such database, not an Odoo one, or it is down: nothing is wrong here
                _logger.warning("Opening of mail %s in %r was not noted: %s", row_id, db, error)

    def _request_metadata(self):
        """What is known of the client: ``ip``, ``user_agent``, ``os_family``, ``ua_family``."""
        return clients.request_metadata(request.httprequest)
