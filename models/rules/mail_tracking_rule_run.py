from odoo import api, fields, models
from odoo.tools import SQL


class MailTrackingRuleRun(models.Model):
    """That a rule ran for a message: the unique index sees to it that it does so once."""

    _name = "mail.tracking.rule.run"
    _description = "Run of an email rule"
    _rec_name = "message_key"

    rule_id = fields.Many2one(
        "mail.tracking.rule",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="The rule that ran.",
    )
    tracking_email_id = fields.Many2one(
        "mail.tracking.email",
        "Email",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The email that the rule ran for; it goes with it.",
    )
    message_key = fields.Char(
        required=True,
        readonly=True,
        help="Which message it was, or which outgoing email where there was no message.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Who got the activity.",
    )
    reason = fields.Char(readonly=True, help="Why the email failed, in one word, if it did.")
    activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The activity that was scheduled.",
    )
    is_summary = fields.Boolean(
        readonly=True, help="It was one of many, which share one activity and one notification."
    )

    _once = models.UniqueIndex("(rule_id, message_key)")
    _recent_idx = models.Index("(rule_id, create_date)")

    @api.model
    def _claim(self, rule, users):
        """Note that a rule runs, once for each message, also when others are about to do so.

        :param rule: one ``mail.tracking.rule``
        :param dict users: ``mail.tracking.email``, one for each message -> who gets the activity
        :return: the new runs
        :raise psycopg2.errors.SerializationFailure: where another transaction has just done so
        """
        rows = [
            (tracking.id, tracking._get_message_key(), user.id, tracking._get_rule_reason())
            for tracking, user in users.items()
        ]
        query = SQL(
            """
            INSERT INTO mail_tracking_rule_run (
                   rule_id, tracking_email_id, message_key, user_id, reason, create_date)
            SELECT %s, given.*, now() AT TIME ZONE 'UTC'
              FROM unnest(%s::integer[], %s::text[], %s::integer[], %s::text[]) AS given
       ON CONFLICT (rule_id, message_key) DO NOTHING
         RETURNING id
            """,
            rule.id,
            *map(list, zip(*rows, strict=True)),
        )
        self.env.cr.execute(query, log_exceptions=False)
        return self.browse(run_id for (run_id,) in self.env.cr.fetchall())
