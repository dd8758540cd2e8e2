from odoo import models
from odoo.tools import html2plaintext

from ...tools import body as body_tools
from ...tools import modes

#: how the address of mass_mailing's own pixel in a mail begins
MAILING_PIXEL = "/mail/track/%s/"


class MailMail(models.Model):
    """What mass_mailing puts into its emails to know who opens them, and who follows links."""

    _inherit = "mail.mail"

    def _tracking_narrow_mailing(self, email, decisions):
        """Take out of an email of mass_mailing what tells more of its recipient than may be known.

        That is its pixel, and the number of the recipient at the end of each of its links: these
        lead where they did, and tell nothing of who follows them.

        :param dict email: an entry of ``_prepare_outgoing_list``
        :param decisions: ``tools.modes.Decisions``
        :return: whether its links tell who follows them
        """
        if "mailing_trace_ids" not in self._fields or not self.mailing_id:
            return False
        narrowed = body = email.get("body") or ""
        trace = self.mailing_trace_ids[:1]  # mass_mailing takes the first one, too
        if decisions.other_opens.mode not in modes.PERSONAL:
            narrowed = body_tools.strip_images(narrowed, MAILING_PIXEL % self.id)
        if decisions.clicks.mode not in modes.PERSONAL:
            narrowed = body_tools.strip_recipient(narrowed, trace.id)
        if narrowed != body:
            email["body"] = narrowed
            # it names the addresses of images and links as well
            email["body_alternative"] = html2plaintext(narrowed)
        return narrowed != body_tools.strip_recipient(narrowed, trace.id)
