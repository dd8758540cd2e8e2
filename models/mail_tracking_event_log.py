from odoo import api, models
from odoo.tools import SQL

from .doors import has_stored_computes, is_extended


class MailTrackingEvent(models.Model):
    """Logging of events, each once, whoever else does the same at this moment.

    Past ``create``, which would raise, and have an error logged, where another transaction
    logs the same event or deletes its row.
    """

    _inherit = "mail.tracking.event"

    @api.model
    def _log(self, vals_list):
        """Log events in one statement.

        Two who log the same events wait for one another, as both take them in the order of
        their keys. Numbers follow the order of the list: it tells what came first.

        :param list vals_list: values of events
        :return: the new events; those whose key is known or whose row is gone are left out
        :raise psycopg2.Error: in a transaction that may not see what another one did
        """
        if not vals_list:
            return self.browse()
        if is_extended(self, "create") or has_stored_computes(self):
            return self.create(vals_list)
        columns, rows = self._get_insert_values(
            [self._prepare_create_vals(vals) for vals in vals_list]
        )
        names = SQL(", ").join(SQL.identifier(field.name) for field in columns)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO mail_tracking_event (id, %(names)s)
                SELECT new.*
                  FROM (SELECT nextval('mail_tracking_event_id_seq') AS id, given.*
                          FROM (VALUES %(rows)s) AS given (%(names)s)) AS new
                  JOIN mail_tracking_email row ON row.id = new.tracking_email_id
              ORDER BY new.event_key, new.id
                   FOR KEY SHARE OF row
           ON CONFLICT (event_key) WHERE event_key IS NOT NULL DO NOTHING
             RETURNING id
                """,
                names=names,
                rows=SQL(", ").join(rows),
            ),
            log_exceptions=False,
        )
        events = self.browse(sorted(row_id for (row_id,) in self.env.cr.fetchall()))
        events.tracking_email_id.invalidate_recordset(["tracking_event_ids"], flush=False)
        return events

    @api.model
    def _get_insert_values(self, vals_list):
        """Columns and rows of an INSERT, typed: PostgreSQL cannot guess types in VALUES.

        :param list vals_list: complete values of events
        :rtype: tuple
        """
        now = self.env.cr.now()
        log = {"create_uid": self.env.uid, "create_date": now}
        log.update(write_uid=self.env.uid, write_date=now)
        defaults = {**self._add_missing_default_values({}), **log}
        vals_list = [{**defaults, **vals} for vals in vals_list]
        names = sorted({"event_key"}.union(*vals_list))
        columns = [self._fields[name] for name in names if self._fields[name].column_type]
        rows = [
            SQL("(%s)", SQL(", ").join(self._column_sql(field, vals) for field in columns))
            for vals in vals_list
        ]
        return columns, rows

    def _column_sql(self, field, vals):
        value = field.convert_to_column_insert(vals.get(field.name, False), self, vals)
        return SQL("%s::%s", value, SQL(field.column_type[0]))
