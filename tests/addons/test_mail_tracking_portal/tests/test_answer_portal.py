"""A customer who comments with the keys in the mail answers it, without an account."""

from odoo.tests import HttpCase, tagged

from odoo.addons.mail_tracking.tests.support.common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestAnswerPortal(MailTrackingCommon, HttpCase):
    def comment(self, offer, **keys):
        post_data = {"body": "Fine.", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        params = {"thread_model": offer._name, "thread_id": offer.id, "post_data": post_data}
        self.make_jsonrpc_request("/mail/message/post", {**params, **keys})

    def test_who_comments_with_the_keys_of_a_mail_answers_it(self):
        offer, other = self.env["portal.offer"].create(
            [{"name": name, "partner_id": self.bob.id} for name in ("Offer 7", "Offer 8")]
        )
        rows = [
            self.row(self.post(partner, record=record), partner)
            for partner, record in ((self.bob, offer), (self.anna, offer), (self.bob, other))
        ]
        self.env.flush_all()
        keys = {"pid": self.bob.id, "hash": offer._sign_token(self.bob.id)}
        self.comment(offer, token=offer._portal_ensure_token(), **keys)
        self.env.invalidate_all()
        self.assertEqual([row.shown_state for row in rows], ["answered", "sent", "sent"])
