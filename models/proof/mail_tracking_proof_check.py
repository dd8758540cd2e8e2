import base64
import binascii

from odoo import api, fields, models
from odoo.tools import format_datetime, human_size

from ...tools import proof
from ..mail_tracking_email import bounded
from .mail_tracking_email import to_time

#: Names of headers that are shown, and characters of what a stranger may have written.
MAX_NAMES = 10
MAX_SHOWN = 200


class MailTrackingProofCheck(models.TransientModel):
    """Tells whether a saved mail is the one that a proof of sending speaks of.

    The answer is there as soon as both files are; nothing has to be saved.
    """

    _name = "mail.tracking.proof.check"
    _description = "Check of a proof of sending"

    data_file = fields.Binary(
        "Proof as data",
        attachment=False,
        help="The file with the data of a proof of sending; its name ends in .json.",
    )
    data_name = fields.Char("Name of the data", help="The name of that file.")
    mail_file = fields.Binary(
        "Saved email",
        attachment=False,
        help="The email as it arrived, saved by a mail program as a file that ends in .eml.",
    )
    mail_name = fields.Char("Name of the email", help="The name of the file with the email.")
    verdict = fields.Selection(
        [("yes", "Yes"), ("no", "No"), ("open", "Not known yet")],
        compute="_compute_result",
        help="Whether the email is the one that the proof describes.",
    )
    result = fields.Text(
        compute="_compute_result", help="What the check found out about the proof and the email."
    )

    @api.depends("data_file", "mail_file")
    @api.depends_context("lang", "tz")
    def _compute_result(self):
        for check in self.with_context(bin_size=False):
            check.verdict, lines = check._check()
            check.result = "\n".join(lines)

    def _check(self):
        """What the files say of each other.

        :return: a value of ``verdict``, and sentences
        """
        if not self.data_file:
            return False, []
        data = self._decode(self.data_file, proof.MAX_DATA)
        document = proof.read(data) if data else None
        if doubt := self._get_doubt(document, data):
            return "no", [doubt]
        lines = [
            self.env._(
                "The data were signed by this database on %(time)s and have not been changed "
                "since.",
                time=format_datetime(self.env, to_time(document["made"]), dt_format="long"),
            )
        ]
        if not self.mail_file:
            return "open", [*lines, self.env._("Now choose the saved email.")]
        known = proof.fingerprints(document)
        mail = self._decode(self.mail_file, proof.MAX_MAIL)
        if mail is None:
            return "no", [*lines, self._get_size_words(proof.MAX_MAIL)]
        verdict, words = self._judge(proof.compare(mail, known), known)
        return verdict, [*lines, *words]

    def _get_doubt(self, document, data):
        """Why the data prove nothing; nothing where they do."""
        if data is None:
            return self._get_size_words(proof.MAX_DATA)
        if document is None:
            return self.env._("The data are not a proof of sending, or they are damaged.")
        if document.get("version") != proof.VERSION:
            return self.env._(
                "The proof was made by a version of this addon that this version cannot read."
            )
        if document.get("database") != self.env["mail.tracking.email"]._get_proof_database():
            return self.env._("The data were signed by another database.")
        if not self.env["mail.tracking.email"]._is_own_proof(document):
            return self.env._(
                "The data were changed after this database made them, or this database did "
                "not make them."
            )
        return ""

    def _judge(self, found, known):
        """What became of the mail, in words.

        :param Verdict found: see ``tools.proof``
        :param dict known: fingerprint -> what the data say of that email
        """
        if not known:
            return "no", [
                self.env._(
                    "The data contain no fingerprint of an email: it was not sent, not sent "
                    "by SMTP, or sent by an earlier version. There is nothing to compare."
                )
            ]
        if found.kind == proof.OTHER:
            return "no", [
                self.env._(
                    "This is not the email that was sent: it is another one, or something in "
                    "it was changed. One changed character is enough."
                ),
                self.env._(
                    "This does not have to mean fraud: services, gateways and mailing lists "
                    "rewrite emails on their way (a line at the foot, other links, another "
                    "encoding), and some mail programs do not save emails as they arrived."
                ),
            ]
        names = ", ".join(found.names[:MAX_NAMES])[:MAX_SHOWN]
        if found.kind == proof.ALTERED:
            return "no", [
                self.env._(
                    "The file contains the email that was sent, but header lines that look "
                    "like its own were added at the top: %(names)s.",
                    names=names,
                )
            ]
        lines = [
            self.env._(
                "This is the email that was sent to %(address)s, unchanged.",
                address=bounded(known[found.fingerprint]["recipient"]["address"], MAX_SHOWN),
            )
        ]
        if names:
            lines.append(
                self.env._(
                    "Servers on its way added header lines at the top, as usual: %(names)s.",
                    names=names,
                )
            )
        return "yes", lines

    @api.model
    def _decode(self, value, limit):
        """The bytes of an uploaded file, None where there are more than so many."""
        if len(value) * 3 // 4 > limit + 3:
            return None
        try:
            return base64.b64decode(value)
        except (binascii.Error, ValueError):
            return b""

    @api.model
    def _get_size_words(self, limit):
        return self.env._(
            "A file is larger than %(size)s and was not read.", size=human_size(limit)
        )
