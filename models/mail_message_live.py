from collections import defaultdict

from odoo import models

from .columns import column_of

#: Bus: what became of messages of a record changed; its readers ask for the news.
UPDATED = "mail_tracking/updated"
#: Bus: a failure that is the user's to mend came, or was settled.
FAILED = "mail_tracking/failed"
SUBCHANNEL = "mail_tracking"


class MailMessage(models.Model):
    """Whoever looks at a message sees what becomes of it.

    The bus carries numbers of messages only. Clients fetch the news themselves, in
    their own language and under their own rights at that moment.
    """

    _inherit = "mail.message"

    def _tracking_ping(self, threads=None):
        """Tell those who look at the records of these messages; one message a record.

        :param dict threads: message id -> model and id of its record, where known
        """
        batch = self.env.context.get("mail_tracking_batch")
        if batch and threads is None:
            batch.notify(self)
            return
        threads = dict(threads or {})
        ids_by_thread = defaultdict(list)
        # sudo: mail.message - where they are shown; nothing is told of them but their numbers
        others = self.sudo().browse(dict.fromkeys(self._ids).keys() - threads.keys())
        others.fetch(["model", "res_id"])
        shown = zip(column_of(others, "model"), column_of(others, "res_id"), strict=True)
        threads.update(zip(others._ids, shown, strict=True))
        for message_id in self._ids:
            model, res_id = threads[message_id]
            if model in self.env and res_id:
                ids_by_thread[model, res_id].append(message_id)
        for (model, res_id), message_ids in ids_by_thread.items():
            self.env["bus.bus"]._sendone(
                (self.env[model].browse(res_id), SUBCHANNEL),
                UPDATED,
                {"message_ids": sorted(message_ids)},
            )

    def _tracking_ping_owners(self, owners):
        """Tell those who may have to mend these messages; one message for each user.

        :param list owners: pairs of message id and contact id
        """
        ids_by_partner = defaultdict(list)
        for message_id, partner_id in owners:
            ids_by_partner[partner_id].append(message_id)
        for partner_id, message_ids in ids_by_partner.items():
            partner = self.env["res.partner"].browse(partner_id)
            partner._bus_send(FAILED, {"message_ids": sorted(message_ids)})
