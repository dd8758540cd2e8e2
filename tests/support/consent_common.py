"""Answers about tracking in the ledger, for tests."""

from .common import MailTrackingCommon


class ConsentCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Consent = cls.env["mail.tracking.consent"]
        cls.postmaster = cls.env["res.users"].create(
            {
                "name": "Postmaster",
                "login": "ledger_postmaster",
                "group_ids": [
                    (4, cls.env.ref("mail_tracking.group_postmaster").id),
                    (4, cls.env.ref("base.group_partner_manager").id),
                    (4, cls.env.ref("base.group_allow_export").id),
                ],
            }
        )

    def say(self, answer, partner=None, address=None, purposes=("opens",), **more):
        address = address or (partner.email if partner else "")
        return self.Consent.record_answer(
            address, purposes, answer, more.pop("way", "form"), partner=partner, **more
        )

    def answer(self, partner, field="mail_tracking_consent"):
        return partner[field] or ""
