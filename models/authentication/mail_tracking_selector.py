from datetime import timedelta

from odoo import api, fields, models

from ...tools.authentication.domains import Selector
from ..guard import try_lock

#: keys that are kept of a domain, and how many of them may be the invention of strangers
MAX_SELECTORS, MAX_UNPROVEN = 20, 8
#: days after which a key counts as no longer used, and after which it is forgotten
CURRENT_DAYS, KEPT_DAYS = 14, 180


class MailTrackingSelector(models.Model):
    """A key that emails are signed with, learnt from emails that came back.

    DNS does not list keys: one has to know their names.
    """

    _name = "mail.tracking.selector"
    _description = "Key of signatures"
    _order = "seen_on desc, id desc"

    domain_id = fields.Many2one(
        "mail.tracking.sending.domain",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The domain of the sender.",
    )
    signer = fields.Char(required=True, readonly=True, help="The domain that signs.")
    name = fields.Char(required=True, readonly=True, help="The name of the key in that domain.")
    is_proven = fields.Boolean(
        readonly=True, help="It was seen on an email that was sent by this database."
    )
    seen_on = fields.Date(readonly=True, help="When an email with it was last seen.")

    _name_unique = models.UniqueIndex("(domain_id, signer, name)")

    @api.model
    def _learn(self, signed, is_proven):
        """Note the keys that an email of one of our domains is signed with.

        :param Signed signed: the email
        :param bool is_proven: it carries what only an email of ours can carry
        """
        # sudo: mail.tracking.sending.domain - the gateway acts for nobody in particular
        domain = (
            self.env["mail.tracking.sending.domain"]
            .sudo()
            .search([("kind", "=", "domain"), ("name", "=", signed.domain)])
        )
        known = {(each.signer, each.name): each for each in domain.selector_ids}
        today = fields.Date.today()
        for signature in signed.signatures if domain else ():
            if selector := known.get(signature):
                selector._note_seen(today, is_proven)
            elif (is_proven or signature.is_of(signed.domain)) and domain._make_room(is_proven):
                values = {"domain_id": domain.id, "is_proven": is_proven, "seen_on": today}
                values.update(signer=signature.domain, name=signature.selector)
                domain.selector_ids.create(values)

    def _note_seen(self, today, is_proven):
        """Note at most once a day that a key was seen."""
        is_proven = is_proven or self.is_proven
        if (self.seen_on, self.is_proven) != (today, is_proven) and try_lock(self):
            self.write({"seen_on": today, "is_proven": is_proven})

    def _prepare_selectors(self):
        """These keys as values, those that were seen last come first."""
        lately = fields.Date.today() - timedelta(days=CURRENT_DAYS)
        return tuple(
            Selector(each.signer, each.name, each.is_proven, each.seen_on >= lately)
            for each in self.sorted("seen_on", reverse=True)
        )

    @api.autovacuum
    def _gc(self):
        """Forget keys of emails that were sent long ago: a domain has few of them."""
        before = fields.Date.today() - timedelta(days=KEPT_DAYS)
        self.search([("seen_on", "<", before)]).unlink()
