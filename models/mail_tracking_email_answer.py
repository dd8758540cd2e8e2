from odoo import api, models

from ..tools import events as ev

#: Where an answer is noted as the event that proves the mail displayed.
ANSWER = "answer"


class MailTrackingEmail(models.Model):
    """Recipients who answer: their mail arrived, whatever a server said of it."""

    _inherit = "mail.tracking.email"

    @api.model
    def _search_answered(self, message_id, address):
        """The rows of a message that this address was written to.

        :param int message_id: the ``mail.message`` that a mail refers to, if any
        :param str address: where that mail comes from
        """
        if not message_id:
            return self.browse()
        return self.search(
            [("mail_message_id", "=", message_id), ("recipient_address", "=", address)]
        )

    def _apply_answer(self):
        """Log that the recipients of these rows answered; once, however often they do."""
        self._log_events(
            [
                (
                    row,
                    ev.OPEN,
                    {
                        "event_key": f"{ANSWER}:{row.id}",
                        "source": ANSWER,
                        "open_kind": ev.PERSON,
                        "open_reason": ANSWER,
                    },
                )
                for row in self
            ]
        )
