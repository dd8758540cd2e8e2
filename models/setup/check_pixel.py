import secrets
import time
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from odoo import api, http, models
from odoo.tools import config, consteq, hmac

from ...tools import tokens
from ...tools.addresses import is_public_host
from .mail_tracking_setup import INFO, OK, PROBLEM, SETTINGS, WARNING

GIF_START, GIF_END = b"GIF8", b"\x3b"
MAX_IMAGE = 200
TIMEOUT = 5  # seconds to connect, and between two packets
#: proves to the set-up check that this database answered
PROOF_HEADER = "X-Mail-Tracking-Answer"
ANSWER = "mail_tracking_setup_answer"
VALID_SECONDS = 120


class MailTrackingSetup(models.AbstractModel):
    """The URL of the image in emails, and who answers there."""

    _inherit = "mail.tracking.setup"

    # ------------------------------------------------------------
    # THE QUESTION THAT ONLY THIS DATABASE CAN ANSWER
    # ------------------------------------------------------------

    @api.model
    def _make_question(self):
        """A number that nobody can guess, with the time; only its database reads it in the URL."""
        return int(time.time()) << 32 | secrets.randbits(32)

    @api.model
    def _answer_question(self, question):
        """The answer to a question of the last two minutes; empty to an older one."""
        if not 0 <= int(time.time()) - (question >> 32) <= VALID_SECONDS:
            return ""
        # sudo: ir.config_parameter - the secret of the database, which nobody is shown
        return hmac(self.sudo().env, ANSWER, question)

    # ------------------------------------------------------------
    # PIXEL
    # ------------------------------------------------------------

    @api.model
    def _check_pixel(self):
        if self.env["ir.mail_server"]._tracking_img_disabled(0):
            sentence = self.env._("Opens are not tracked: emails carry no image.")
            return [self._prepare_result(self.env._("Opens"), INFO, sentence)]
        question = self._make_question()
        url = self.env["mail.tracking.email"]._prepare_image_url(tokens.CHECK, question)
        parts = self._split_web_address(url)
        address = self._check_pixel_address(url, parts)
        return [address, self._check_pixel_answer(url, question)] if parts else [address]

    @api.model
    def _split_web_address(self, url):
        """The parts of a web address, None of anything else."""
        try:
            parts = urlsplit(url)
            return parts if parts.scheme in ("http", "https") and parts.hostname else None
        except ValueError:
            return None

    @api.model
    def _check_pixel_address(self, url, parts):
        verdict, subject = PROBLEM, url.split("/mail_")[0]
        if parts:
            subject = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        if not parts:
            sentence = self.env._("The URL of the image is not a web address.")
        elif not is_public_host(parts.hostname):
            sentence = self.env._(
                "The URL of the image works inside your network only: recipients outside cannot "
                "load it, so their opens are not seen."
            )
        elif parts.scheme != "https":
            verdict = WARNING
            sentence = self.env._(
                "The URL of the image is public but not encrypted (http): many mail programs do "
                "not load such images."
            )
        else:
            verdict = OK
            sentence = self.env._("The URL of the image looks public and is encrypted (https).")
        hint = verdict != OK and self.env._(
            "In Settings > General Settings > Public URL for open tracking, enter the https:// "
            "URL at which the internet reaches this Odoo."
        )
        title = self.env._("Public URL")
        return self._prepare_result(
            title, verdict, sentence, hint or "", subject=subject, action=SETTINGS
        )

    @api.model
    def _check_pixel_answer(self, url, question):
        """Load the image as a mail program does."""
        title = self.env._("Answer")
        try:
            status, body, proof = self._fetch_pixel(url)
        except requests.exceptions.SSLError as error:
            return self._prepare_result(
                title,
                PROBLEM,
                self.env._("The certificate of the URL is not accepted."),
                self.env._("Renew or complete the certificate on your web server."),
                detail=str(error),
                action=SETTINGS,
            )
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            return self._prepare_result(
                title,
                WARNING,
                self.env._(
                    "This server got no answer at that URL. Mail programs outside may get one."
                ),
                self.env._(
                    "Open the URL in a browser outside your network. If that works, let this "
                    "server reach its own URL as well (firewall, name server, web server). An Odoo "
                    "with one worker process cannot answer itself."
                ),
                detail=str(error),
                action=SETTINGS,
            )
        return self._prepare_answer_result(title, status, body, proof, question)

    @api.model
    def _fetch_pixel(self, url):
        """Get the image: HTTP status, content, and the proof of who answered."""
        with requests.Session() as session:
            session.trust_env = False  # no passwords of .netrc, no proxies
            with session.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as response:
                body = response.raw.read(MAX_IMAGE, decode_content=True)
                return response.status_code, body, response.headers.get(PROOF_HEADER, "")

    @api.model
    def _prepare_answer_result(self, title, status, body, proof, question):
        if 300 <= status < 400:
            sentence = self.env._(
                "The URL redirects elsewhere (HTTP status %(status)s), which many mail programs do "
                "not follow.",
                status=status,
            )
            hint = self.env._("Enter the URL to which it redirects.")
            return self._prepare_result(title, WARNING, sentence, hint, action=SETTINGS)
        if status != 200 or not (body.startswith(GIF_START) and body.endswith(GIF_END)):
            sentence = self.env._(
                "That URL does not return the image (HTTP status %(status)s).", status=status
            )
            hint = self.env._(
                "Have your web server pass all paths below /mail_tracking/ to Odoo, and see below "
                "whether Odoo knows which database is meant."
            )
            return self._prepare_result(title, PROBLEM, sentence, hint, action=SETTINGS)
        expected = self._answer_question(question)
        if expected and proof.isascii() and consteq(proof, expected):
            sentence = self.env._(
                "This database returns the image. This server asked itself, so whether the URL "
                "works from outside is not proven."
            )
            return self._prepare_result(title, OK, sentence)
        sentence = self.env._("The image is returned, but perhaps not by this database.")
        hint = self.env._(
            "Another Odoo may answer at that URL, or a web server removes the header that proves "
            "who answered. Send yourself an email and see whether it becomes Opened."
        )
        return self._prepare_result(title, WARNING, sentence, hint, action=SETTINGS)

    # ------------------------------------------------------------
    # SEVERAL DATABASES
    # ------------------------------------------------------------

    @api.model
    def _check_databases(self):
        url = self.env["mail.tracking.email"]._prepare_image_url(tokens.CHECK, 0)
        parts = self._split_web_address(url)
        names = http.db_list(force=True, host=parts.hostname if parts else "")
        verdict, hint = OK, ""
        if self.env.cr.dbname not in names:
            verdict = PROBLEM
            sentence = self.env._(
                "This server does not serve this database for the host name of the image."
            )
            hint = self.env._("Look at the options --db-filter and --database of the server.")
        elif len(names) == 1:
            sentence = self.env._("For the host name of the image, this is the only database.")
        elif "mail_tracking" in config["server_wide_modules"]:
            sentence = self.env._(
                "The host name of the image stands for several databases (%(number)s); the addon "
                "is loaded server-wide, so the right one answers.",
                number=len(names),
            )
        else:
            verdict = PROBLEM
            sentence = self.env._(
                "The host name of the image stands for several databases (%(number)s), and the "
                "addon is not loaded server-wide: images and webhooks find none of them.",
                number=len(names),
            )
            hint = self.env._(
                "Start Odoo with --load=base,rpc,web,mail_tracking, or with a --db-filter that "
                "leaves one database for each host name."
            )
        return [self._prepare_result(self.env._("Databases"), verdict, sentence, hint)]
