import hashlib
import json
from collections import Counter, defaultdict

from odoo import api, models
from odoo.tools import SQL

from .columns import column_of
from .doors import is_extended
from .mail_tracking_line import NO_OUTCOME, OUTCOME_FIELDS, OUTCOME_MODEL, Line, RowFacts

#: Methods whose overrides may look at more than these.
OUTCOME_METHODS = ("_prepare_outcome", "_get_status", "_get_reason", "_get_evidence_words")


class MailTrackingEmail(models.Model):
    """The lines of many messages at once: what rows have in common is worked out once."""

    _inherit = "mail.tracking.email"

    @api.model
    def _get_status_by_message(self, messages):
        """What became of these messages, for each of their recipients.

        Costs the same number of queries for one message and for a thousand.

        :param messages: ``mail.message`` that the user may read
        :return: message id -> list of dicts, see ``mail.message.tracking_status``
        :rtype: dict
        """
        return {
            message_id: [line.as_dict() for line in lines]
            for message_id, lines in self._get_lines_by_message(messages).items()
        }

    @api.model
    def _add_lines_to_store(self, store, messages):
        """Give the client the same in a short form, which it makes full again.

        What several recipients have in common is sent once, and nothing that the client
        knows of a contact by itself.

        :param store: the ``Store``
        :param messages: ``mail.message`` that the user may read
        """
        outcome_ids, partner_ids = {}, set()
        for message_id, lines in self._get_lines_by_message(messages).items():
            for line in lines:
                if id(line.outcome) not in outcome_ids:
                    added = self._add_outcome_to_store(store, line.outcome)
                    outcome_ids[id(line.outcome)] = added
            rows = [line.as_row(outcome_ids[id(line.outcome)]) for line in lines]
            partner_ids.update([line.partner_id for line in lines])
            message = messages.browse(message_id)
            flag = message.mail_tracking_needs_action
            values = {"id": message_id, "mail_tracking_needs_action": flag, "tracking_rows": rows}
            store.add_model_values("mail.message", values)
        # the contacts of core's notifications are there already
        present = store.data.get("res.partner", {}).values()
        partner_ids -= {False} | {
            values["id"] for values in present if "name" in values and "email" in values
        }
        # sudo: res.partner - names of the recipients of messages that the user may read
        store.add(self.env["res.partner"].sudo().browse(partner_ids), ["name", "email"])

    @api.model
    def _add_outcome_to_store(self, store, outcome):
        """Add what became of some recipients; return the id by which their lines name it."""
        values = {key: value for key, value in outcome.items() if NO_OUTCOME.get(key, ...) != value}
        text = json.dumps(values, sort_keys=True)
        outcome_id = hashlib.sha256(text.encode()).hexdigest()[:16]
        store.add_model_values(OUTCOME_MODEL, {"id": outcome_id, "values": values})
        return outcome_id

    # ------------------------------------------------------------
    # LINES
    # ------------------------------------------------------------

    @api.model
    def _get_lines_by_message(self, messages):
        """The lines of these messages.

        :param messages: ``mail.message`` that the user may read
        :return: message id -> list of ``Line``, of those messages that have any
        :rtype: dict
        """
        # sudo: mail.tracking.email, mail.notification - of messages that the user may read
        messages = messages.sudo()
        found = self.sudo()._get_row_lines(messages)
        extra = self._get_header_recipients(messages)
        messages.notification_ids.fetch(["res_partner_id"])
        result = {}
        for message in messages:
            lines = found.get(message.id, [])
            lines += self._get_notification_lines(message, lines)
            if message.id in extra:
                addresses = {line.email for line in lines}
                lines += [line for line in extra[message.id] if line.email not in addresses]
            if lines:
                result[message.id] = lines
        return result

    @api.model
    def _get_row_lines(self, messages):
        """One line for each recipient of a message that has a row; the newest row counts.

        :return: message id -> list of ``Line``
        :rtype: dict
        """
        facts_by_message = defaultdict(list)
        for facts in self._fetch_facts(messages):
            facts_by_message[facts.message_id].append(facts)
        every_id = [facts.id for rows in facts_by_message.values() for facts in rows]
        shown = []
        for rows in facts_by_message.values():
            newest = {facts.key: facts for facts in rows if not facts.successor_id}.values()
            evidence = self._get_evidence_of(rows, every_id)
            repeated = self._get_repeated([facts.partner_id for facts in newest])
            sharing = self._get_repeated([f.envelope_token for f in newest if f.envelope_token])
            shown += [
                (
                    facts,
                    facts.partner_id is not None and facts.partner_id in repeated,
                    sharing.get(facts.envelope_token, 1),
                    evidence.get(facts.id),
                )
                for facts in newest
            ]
        contacts = self._get_contacts(shown)
        result = defaultdict(list)
        for (facts, several, _shared, told), outcome in zip(
            shown, self._get_outcomes(shown), strict=True
        ):
            time = self.browse(facts.id)._get_told(told).state_time if told else facts.time
            line = self._get_line(facts, contacts[facts.partner_id], outcome, several, time)
            result[facts.message_id].append(line)
        return result

    @api.model
    def _get_repeated(self, values):
        """Which of these values occur more than once, and how often.

        :param list values: which can be told apart
        :rtype: dict
        """
        if len(set(values)) == len(values):
            return {}
        return {value: count for value, count in Counter(values).items() if count > 1}

    @api.model
    def _get_contacts(self, shown):
        """Names and addresses of contacts: core has read them for its notifications.

        :param list shown: see ``_get_outcomes``
        :return: contact id -> name and address
        :rtype: dict
        """
        ids = {facts.partner_id for facts, _several, _shared, _told in shown} - {None}
        partners = self.env["res.partner"].browse(ids)
        partners.fetch(["name", "email"])
        names, addresses = (column_of(partners, name) for name in ("name", "email"))
        contacts = zip(partners._ids, names, addresses, strict=True)
        return {
            None: ("", False),
            **{key: (name or "", address or False) for key, name, address in contacts},
        }

    @api.model
    def _fetch_facts(self, messages):
        """What the lines need of all rows of these messages, the oldest first; one query."""
        self.flush_model()
        if not messages:
            return []
        columns = SQL(", ").join(SQL.identifier("row", name) for name in OUTCOME_FIELDS)
        rows = self.env.execute_query(
            SQL(
                "SELECT row.id, row.mail_message_id, row.partner_id, row.recipient_address,"
                " row.recipient, row.state_time, row.envelope_token, row.successor_id, %s"
                " FROM mail_tracking_email row"
                " WHERE row.mail_message_id IN %s ORDER BY row.id",
                columns,
                tuple(messages.ids),
            )
        )
        known = len(RowFacts._fields) - 1
        return [RowFacts(*row[:known], row[known:]) for row in rows]

    @api.model
    def _get_evidence_of(self, rows, every_id):
        """Earlier attempts that arrived, see ``_get_earlier_arrivals``.

        :param list rows: ``RowFacts`` of one message
        :param list every_id: numbers of the rows of all messages, to be read together
        :return: row id -> superseded ``mail.tracking.email``
        :rtype: dict
        """
        if not any(facts.successor_id for facts in rows):
            return {}
        own = self.browse([facts.id for facts in rows]).with_prefetch(every_id)
        arrivals = own._get_earlier_arrivals()
        return {row.id: superseded for row, superseded in arrivals.items()}

    @api.model
    def _get_outcomes(self, shown):
        """What became of recipients: the same dict for all of whom the same is said.

        :param list shown: of facts, whether the contact has several addresses, how many
            share the pixel, and evidence
        :return: in the same order, see ``_prepare_outcome``
        :rtype: list[dict]
        """
        each = is_extended(self, *OUTCOME_METHODS)
        places, first, found = {}, [], []
        for facts, _several, shared, told in shown:
            key = (
                facts.outcome,
                not facts.partner_id,
                not facts.recipient,
                shared,
                told and told.id,
                each and facts.id,
            )
            place = places.setdefault(key, len(first))
            if place == len(first):
                first.append((facts, shared, told))
            found.append(place)
        ids = tuple(facts.id for facts, _shared, _told in first)
        outcomes = [
            self._browse_facts(facts).with_prefetch(ids)._prepare_outcome(shared, told)
            for facts, shared, told in first
        ]
        return [outcomes[place] for place in found]

    @api.model
    def _browse_facts(self, facts):
        """The row of these facts, which are remembered, so that nothing reads them again."""
        row = self.browse(facts.id)
        values = dict(zip(OUTCOME_FIELDS, facts.outcome, strict=True))
        values.update(partner_id=facts.partner_id, recipient=facts.recipient)
        for name, value in values.items():
            self._fields[name]._insert_cache(row, [value])
        return row

    @api.model
    def _get_line(self, facts, contact, outcome, several, time):
        """The line of one row.

        :param facts: ``RowFacts``
        :param tuple contact: name and address of the contact, if there is one
        :param dict outcome: see ``_prepare_outcome``
        :param bool several: the contact got the mail at several addresses
        :param time: when that happened
        :rtype: Line
        """
        name, email = contact
        address = facts.address or ""
        called = self._get_line_name(name or email or "", address, facts.recipient or "", several)
        # by position, for there may be very many
        return Line(
            outcome,
            facts.id,
            facts.partner_id or False,
            called,
            address or False,
            time or False,
            name,
            email,
        )
