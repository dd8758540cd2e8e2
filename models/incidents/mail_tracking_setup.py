from odoo import api, models

from ..setup.mail_tracking_setup import MAX_RECORDS, OK, PROBLEM, WARNING


class MailTrackingSetup(models.AbstractModel):
    """Incidents, on the set-up page; and the queue, which cannot tell by itself that it is off."""

    _inherit = "mail.tracking.setup"

    @api.model
    def _check_incidents(self):
        Incident = self.env["mail.tracking.incident"]
        Incident._look()
        title = self.env._("Incidents")
        incidents = Incident.search([("closed_on", "=", False)], limit=MAX_RECORDS)
        if not incidents:
            sentence = self.env._("No problem is known that affects many emails.")
            return [self._prepare_result(title, OK, sentence)]
        return [self._prepare_incident_result(incident) for incident in incidents]

    @api.model
    def _prepare_incident_result(self, incident):
        kinds = dict(incident._fields["kind"]._description_selection(self.env))
        return self._prepare_result(
            kinds[incident.kind],
            PROBLEM if incident.severity == "urgent" else WARNING,
            incident.cause,
            incident.advice,
            subject=incident.name,
            detail=incident.reason or "",
            action=self._prepare_open_action(incident),
        )
