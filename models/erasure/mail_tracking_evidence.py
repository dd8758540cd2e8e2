from collections import defaultdict

from odoo import api, models

#: Of no use to anybody but this database, or about a colleague.
UNTOLD = {
    "token",
    "envelope_token",
    "event_key",
    "data",
    "until",
    "is_pending",
    "is_counted",
    "day_id_int",
    "counted_as",
    "create_uid",
    "write_uid",
    "write_date",
    "resent_by_id",
    "reviewed_by_id",
    "webhook_id",
}
#: Short texts in the words of people and servers.
PROSE = ("name", "sender", "smtp_answer")


class MailTrackingEvidence(models.AbstractModel):
    """What is told of a row, and what is left of it when its person is erased."""

    _inherit = "mail.tracking.evidence"

    @api.model
    def _get_told_fields(self):
        """The fields that a person is shown: all that is stored, except keys and colleagues."""
        return [
            field
            for name, field in sorted(self._fields.items())
            if field.store and field.column_type and name not in UNTOLD
        ]

    @api.model
    def _prepare_erased_vals(self):
        """Values of a row that stays without its person."""
        return {"final_recipient": False}

    def _erase_from_kept(self, person):
        """Take a person out of these rows, which stay; the files that quote them go.

        :param Person person: their addresses and names
        """
        self._unlink_attachments()
        empty = self._prepare_erased_vals()
        names = [
            name
            for name, field in self._fields.items()
            if field.store and field.type in ("char", "text", "html") and name not in empty
        ]
        ids_by_vals = defaultdict(list)
        for record in self:
            cleaned = {
                name: person.take_out(record[name], self._is_prose(name))
                for name in names
                if record[name]
            }
            vals = {name: text for name, text in cleaned.items() if text != record[name]}
            ids_by_vals[tuple(vals.items())].append(record.id)
        for vals, ids in ids_by_vals.items():
            self.browse(ids).write({**empty, **dict(vals)})

    @api.model
    def _is_prose(self, name):
        """Whether people or servers wrote what this field holds, and not this addon."""
        return self._fields[name].type != "char" or name in PROSE

    def _unlink_attachments(self):
        """Delete the files of rows: reports in their original, which quote the recipient."""
        # sudo: ir.attachment - upkeep; both of fields and others, which a search leaves out
        attachments = self.env["ir.attachment"].sudo()
        attachments.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("res_field", "in", [False, *self._fields]),
            ]
        ).unlink()
