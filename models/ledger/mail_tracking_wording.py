import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..mail_tracking_email import MAX_TEXT, bounded

MAX_LANG = 16


class MailTrackingWording(models.Model):
    """A text that people were shown when they answered, kept once, by version."""

    _name = "mail.tracking.wording"
    _description = "Wording of a question about tracking"
    _order = "id desc"
    _rec_name = "text"

    text = fields.Text(readonly=True, required=True, help="Exactly what was shown.")
    lang = fields.Char("Language", readonly=True, help="The language it was shown in.")
    digest = fields.Char(readonly=True, required=True, help="SHA-256 of language and text.")

    _digest_unique = models.UniqueIndex("(digest)")

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A wording that was shown is proof and cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A wording that was shown is proof and cannot be deleted."))

    @api.model
    def _get(self, text, lang=""):
        """The wording with this text, which is made where there is none yet.

        :param str text: what was shown
        :param str lang: code of its language, may be empty
        :return: one wording; none where there is no text
        :raise ValidationError: where the text is too long to be kept whole
        """
        text, lang = (text or "").strip(), bounded(lang or "", MAX_LANG)
        if not text:
            return self.browse()
        if len(text) > MAX_TEXT:
            raise ValidationError(
                self.env._(
                    "The wording is too long. At most %(count)s characters can be kept.",
                    count=MAX_TEXT,
                )
            )
        text = bounded(text)
        digest = hashlib.sha256(f"{lang}\n{text}".encode()).hexdigest()
        query = SQL("SELECT id FROM mail_tracking_wording WHERE digest = %s", digest)
        self.flush_model()
        if not (found := self.env.execute_query(query)):
            # two at once: the second one does nothing, or starts again and finds it
            found = self.env.execute_query(
                SQL(
                    """
                    INSERT INTO mail_tracking_wording (
                           text, lang, digest, create_uid, create_date, write_uid, write_date)
                    VALUES (%(text)s, NULLIF(%(lang)s, ''), %(digest)s,
                           %(uid)s, %(now)s, %(uid)s, %(now)s)
               ON CONFLICT (digest) DO NOTHING RETURNING id
                    """,
                    text=text,
                    lang=lang,
                    digest=digest,
                    uid=self.env.uid,
                    now=self.env.cr.now(),
                )
            ) or self.env.execute_query(query)
        return self.browse(found[0])
