import contextlib
import logging
import secrets

import psycopg2
from werkzeug.exceptions import HTTPException

from odoo import http
from odoo.exceptions import LockError
from odoo.http import request

from ..tools import tokens
from .databases import find_sealed, is_postgres_down, own_environment

_logger = logging.getLogger(__name__)

#: a form of this page has some 200 bytes
MAX_BODY = 8_000
RETRY_AFTER = "60"
#: the page loads nothing and goes nowhere; its own style has a nonce
POLICY = (
    "default-src 'none'; style-src 'nonce-%s'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
#: where no database can say it in the reader's language
PLAIN_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>%(sentence)s</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow"></head>
<body><h1>%(sentence)s</h1><p>%(advice)s</p></body></html>
"""
BROKEN = "This link does not work", "Please open it from the email again."
BUSY = "This page does not work at the moment", "Please try again in a few minutes."
UNREADABLE = "The form could not be read", "Please open the link in the email again."


def plain_page(status):
    """A page that needs no database.

    :param int status: of HTTP
    :rtype: odoo.http.Response
    """
    words = BROKEN if status == 404 else BUSY if status >= 500 else UNREADABLE
    html = PLAIN_PAGE % dict(zip(("sentence", "advice"), words, strict=True))
    return page_response(status, html)


def page_response(status, html, nonce=""):
    """A page that nobody keeps, indexes, frames, or learns the address of.

    :param int status: of HTTP
    :param str html: the page
    :param str nonce: of its style
    :rtype: odoo.http.Response
    """
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", POLICY % nonce),
        ("Referrer-Policy", "no-referrer"),
        ("X-Robots-Tag", "noindex, nofollow"),
    ]
    if status in (429, 503):
        headers.append(("Retry-After", RETRY_AFTER))
    return http.Response(html, status=status, headers=headers)


class PrivacyDispatcher(http.HttpDispatcher):
    """Requests of the page: whatever goes wrong ends in a plain sentence."""

    routing_type = "mail_tracking_privacy"

    def handle_error(self, exc):
        """Answer in words; what went wrong is in the log.

        :param Exception exc: for example that PostgreSQL has just gone down
        """
        return plain_page(exc.code if isinstance(exc, HTTPException) and exc.code else 503)


class MailTrackingPrivacyController(http.Controller):
    """The page where recipients of emails say what may be noted of them.

    Who has the link may answer, without a login: the link is the authorisation. So there is no
    CSRF token, for which a session would be needed either: nobody can make a browser send what
    they could not send themselves, and who has no link cannot send anything.

    To look at the page changes nothing, as scanners follow the links in emails.
    """

    _page_url = "/mail_tracking/privacy/<string:token>"

    @http.route(
        _page_url,
        type=PrivacyDispatcher.routing_type,
        auth="none",
        methods=["GET", "HEAD", "POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BODY,
    )
    def mail_tracking_privacy(self, token, **kwargs):
        parts = tokens.split_link_token(token)
        if parts is None:
            return plain_page(404)
        sealed, tag = parts
        db = find_sealed(sealed, tag)
        if not db:
            return plain_page(503 if is_postgres_down() else 404)
        try:
            return self._answer(db, sealed)
        except (psycopg2.Error, LockError) as error:  # down, or somebody writes the same rows
            _logger.warning("The page for recipients of emails of %r has to wait: %s", db, error)
            return plain_page(503)

    def _answer(self, db, sealed):
        """The page of a link of that database."""
        query = request.httprequest
        number = query.args.get("address", "")
        arguments = {
            "number": int(number) if number.isdecimal() and len(number) <= 4 else 0,
            "wishes": list(query.accept_languages.values()),
            "nonce": secrets.token_urlsafe(16),
            "form": query.form.to_dict() if query.method == "POST" else None,
        }
        with contextlib.ExitStack() as stack:
            try:
                env = stack.enter_context(own_environment(db))
                consent = env["mail.tracking.consent"]
            except (KeyError, AttributeError):  # not one of Odoo's, or not with this addon
                return plain_page(404)
            status, html = consent._show_page(sealed, **arguments)
            return page_response(status, f"<!DOCTYPE html>\n{html}", arguments["nonce"])
