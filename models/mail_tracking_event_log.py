from collections import Counter

from odoo import api, models
from odoo.tools import SQL

from .columns import names_of, plain_columns, read_columns, table
from .doors import has_stored_computes, is_extended
from .mail_tracking_email_hot import MAX_EVENTS
from .statements import run, with_log


class MailTrackingEvent(models.Model):
    """Logging of events, each once, whoever else does the same at this moment.

    Past ``create``, which would raise, and have an error logged, where another transaction
    logs the same event or deletes its row.
    """

    _inherit = "mail.tracking.event"

    @api.model
    def _log(self, vals_list, savepoint=None):
        """Log events in one statement.

        Two who log the same events wait for one another, as both take them in the order of
        their keys. Numbers follow the order of the list: it tells what came first.

        :param list vals_list: values of events
        :param JoinedSavepoint savepoint: to be begun with it
        :return: the new events; those whose key is known, whose row is gone or has very many
            events already are left out
        :raise psycopg2.Error: in a transaction that may not see what another one did
        """
        if not vals_list:
            return self.browse()
        if self._has_own_create():
            run(self.env.cr, savepoint.begin() if savepoint else [])
            return self.create(self._filter_room(vals_list))
        fields, vals_list = with_log(self, [self._prepare_create_vals(vals) for vals in vals_list])
        if "event_key" not in [field.name for field in fields]:
            fields.append(self._fields["event_key"])
        columns = read_columns(fields, self, vals_list)
        query = self._log_sql(fields, columns)
        run(self.env.cr, [*savepoint.begin(), query] if savepoint else [query])
        logged = sorted(self.env.cr.fetchall())
        events = self.browse([event_id for event_id, _place in logged])
        places = [place - 1 for _event_id, place in logged]
        known = dict(zip(fields, columns, strict=True))
        row_ids = {known[self._fields["tracking_email_id"]][place] for place in places}
        rows = self.env["mail.tracking.email"].browse(row_ids)
        rows.invalidate_recordset(["tracking_event_ids"], flush=False)
        for field in plain_columns(self):
            column = known.get(field)
            values = [column[place] for place in places] if column else [None] * len(places)
            field._insert_cache(events, values)
        events.modified([field.name for field in fields], create=True)
        return events

    @api.model
    def _filter_room(self, vals_list):
        """Leave out events of rows that have very many, as the statement below does."""
        row_ids = list({vals["tracking_email_id"] for vals in vals_list})
        groups = self._read_group(
            [("tracking_email_id", "in", row_ids)], ["tracking_email_id", "event_type"], ["__count"]
        )
        numbers, types, result = Counter(), set(), []
        for row, event_type, number in groups:
            numbers[row.id] += number
            types.add((row.id, event_type))
        for vals in vals_list:
            row_id, event_type = vals["tracking_email_id"], vals["event_type"]
            if numbers[row_id] < MAX_EVENTS or (row_id, event_type) not in types:
                numbers[row_id] += 1
                types.add((row_id, event_type))
                result.append(vals)
        return result

    @api.model
    def _has_own_create(self):
        """Whether only ``create`` does all that has to be done for an event.

        :rtype: bool
        """
        return is_extended(self, "create") or has_stored_computes(self)

    def _log_sql(self, fields, columns):
        return SQL(
            """
              WITH given AS MATERIALIZED (
                   SELECT nextval('mail_tracking_event_id_seq') AS id, new.*
                     FROM %(rows)s AS new
                   ),
                   counted AS MATERIALIZED (
                   SELECT given.*,
                          row_number() OVER (PARTITION BY tracking_email_id ORDER BY place) AS nth,
                          row_number() OVER (PARTITION BY tracking_email_id, event_type
                                                 ORDER BY place) AS nth_of_type
                     FROM given
                   ),
                   logged AS (
                   INSERT INTO mail_tracking_event (id, %(names)s)
                   SELECT given.id, %(given)s
                     FROM counted AS given
                     JOIN mail_tracking_email row ON row.id = given.tracking_email_id
                    WHERE given.nth + (
                          SELECT count(*) FROM (
                                 SELECT FROM mail_tracking_event
                                  WHERE tracking_email_id = row.id LIMIT %(max)s) AS kept
                          ) <= %(max)s
                       OR given.nth_of_type = 1 AND NOT EXISTS (
                          SELECT FROM mail_tracking_event AS event
                           WHERE event.tracking_email_id = row.id
                             AND event.event_type = given.event_type)
                 ORDER BY given.event_key, given.id
                      FOR KEY SHARE OF row
              ON CONFLICT (event_key) WHERE event_key IS NOT NULL DO NOTHING
                RETURNING id
                   )
            SELECT id, place FROM logged JOIN given USING (id)
            """,
            rows=table(fields, columns),
            names=names_of(fields),
            max=MAX_EVENTS,
            given=SQL(", ").join(SQL.identifier("given", field.name) for field in fields),
        )
