import functools

from odoo import SUPERUSER_ID, api, models, modules
from odoo.modules.registry import Registry

from ..tools import events as ev
from .guard import tracking_guard
from .statements import insert, run

#: key of the rows that a transaction leaves to be looked after when it is over
KEPT = "mail_tracking.undone"


class MailTrackingEmail(models.Model):
    """Rows of mails that were sent in a transaction, or a part of one, that is rolled back.

    Core sends password resets and invitations in a savepoint that it rolls back, so that
    their text is not stored. The mail has left all the same, with the token of its row.
    """

    _inherit = "mail.tracking.email"

    @api.model
    def _keep_after_undo(self, sent):
        """Make sure that the rows of mails that were just sent outlive a rollback.

        :param list sent: row id, values with which the row was created in this transaction,
            and metadata of its event *sent*
        """
        if not sent:
            return
        cr = self.env.cr
        if modules.module.current_test:  # a test commits nothing that a new cursor could see
            cr.postcommit.add(functools.partial(self._restore_undone, sent))
            return
        for callbacks in (cr.postcommit, cr.postrollback):
            # one list, and one new cursor, for all mails of the transaction
            if KEPT not in callbacks.data:
                callbacks.data[KEPT] = []
                callbacks.add(
                    functools.partial(restore_in_new_cursor, cr.dbname, callbacks.data[KEPT])
                )
            callbacks.data[KEPT] += sent

    @api.model
    def _restore_undone(self, sent):
        """Create those of these rows again that are gone, under their old numbers.

        :param list sent: see ``_keep_after_undo``
        """
        present = self.browse([row_id for row_id, _vals, _metadata in sent]).exists()._ids
        gone = [entry for entry in sent if entry[0] not in present]
        if not gone:
            return
        vals_list = [{**vals, "id": row_id} for row_id, vals, _metadata in gone]
        self._drop_dead_links(vals_list)
        run(self.env.cr, [insert(self, vals_list)])
        self._log_events([(self.browse(row_id), ev.SENT, data) for row_id, _vals, data in gone])

    @api.model
    def _drop_dead_links(self, vals_list):
        """Take out of these values what was rolled back as well."""
        for name in set().union(*vals_list):
            field = self._fields[name]
            if field.type != "many2one":
                continue
            linked = {vals[name] for vals in vals_list if vals.get(name)}
            alive = set(self.env[field.comodel_name].browse(linked).exists()._ids)
            for vals in vals_list:
                vals[name] = vals.get(name) in alive and vals[name]


def restore_in_new_cursor(dbname, sent):
    """Restore rows when the transaction that sent their mails is over."""
    with tracking_guard("restoring the tracking of mails"), Registry(dbname).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["mail.tracking.email"]._restore_undone(sent)
