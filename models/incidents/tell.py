import contextlib
from collections import Counter

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import format_datetime

from ...tools.incidents import URGENT
from ..guard import TRANSIENT_ERRORS, tracking_guard, tracking_savepoint
from ..rules.mail_tracking_rule_actions import link
from .check import AGAIN

CHANNEL = "mail_tracking.channel_postmaster"
#: Incidents that one message describes.
MAX_TOLD = 20


class MailTrackingIncident(models.Model):
    """Telling postmasters, in Discuss and by activities: email may be what is broken.

    Incidents of one kind that open within an hour share a message, which is edited: an outage is
    told once, whatever it takes down.
    """

    _inherit = "mail.tracking.incident"

    # ------------------------------------------------------------
    # WHAT IS TOLD
    # ------------------------------------------------------------

    def _tell_opened(self):
        """Tell of new incidents, in the message on others of their kind if there is one."""
        for kind, incidents in self.grouped("kind").items():
            with self._guarded():
                recent = self.search(
                    [
                        ("kind", "=", kind),
                        ("create_date", ">=", fields.Datetime.now() - AGAIN),
                        ("message_id.create_date", ">=", fields.Datetime.now() - AGAIN),
                    ],
                    limit=1,
                    order="id desc",
                )
                if recent:
                    incidents.message_id = recent.message_id
                    together = self.search([("message_id", "=", recent.message_id.id)], order="id")
                    self._edit(recent.message_id, together._render_opened())
                else:
                    incidents.message_id = self._post(incidents._render_opened())
            with self._guarded():
                incidents._schedule_activities()

    def _tell_worse(self):
        """Tell of incidents that became urgent: in a message of their own."""
        if self:
            with self._guarded():
                self.message_id = self._post(self._render_opened())

    def _tell_over(self):
        """Say that these are over, and take back the activities."""
        with self._guarded():
            for message, incidents in self.grouped("message_id").items():
                together = incidents
                if message:
                    together = self.search([("message_id", "=", message.id)], order="id")
                last = together.end_message_id.sorted("id")[-1:]
                body = together._render_over()
                if last and last.create_date >= fields.Datetime.now() - AGAIN:
                    self._edit(last, body)
                    incidents.end_message_id = last
                else:
                    incidents.end_message_id = self._post(body, parent=message)
        with self._guarded():
            self.activity_ids.filtered("automated").unlink()

    def _tell_again(self):
        """Say in the message that these were over that they are not."""
        if not self:
            return
        with self._guarded():
            for message in self.end_message_id:
                together = self.search([("end_message_id", "=", message.id)], order="id")
                self._edit(message, together._render_over())
        with self._guarded():
            self._schedule_activities()

    @contextlib.contextmanager
    def _guarded(self):
        """What cannot be told leaves the incident open; what is busy is told a minute later."""
        goes_on = "it is open all the same"
        with tracking_guard("telling of an incident", goes_on, TRANSIENT_ERRORS):
            with tracking_savepoint(self.env):
                yield

    # ------------------------------------------------------------
    # HOW
    # ------------------------------------------------------------

    @api.model
    def _post(self, body, parent=None):
        """Post a message in the channel of the postmasters, if it is still there."""
        channel = self.env.ref(CHANNEL, raise_if_not_found=False)
        if not channel:
            return self.env["mail.message"]
        return (
            # sudo: discuss.channel - it is Odoo that tells, and not who ran the check
            channel.with_user(SUPERUSER_ID)
            .sudo()
            .message_post(
                author_id=self.env.ref("base.partner_root").id,
                body=body,
                message_type="comment",
                parent_id=parent.id if parent else False,
                subtype_xmlid="mail.mt_comment",
            )
        )

    @api.model
    def _edit(self, message, body):
        """Change what a message says; nobody is notified again."""
        channel = self.env["discuss.channel"].with_user(SUPERUSER_ID).browse(message.res_id)
        if channel.exists():
            # sudo: discuss.channel, mail.message - our own message, whoever closes the incident
            channel.sudo()._message_update_content(message.sudo(), body=body, strict=False)

    def _schedule_activities(self):
        """Give each postmaster who sees these an activity, in their language."""
        postmasters = self.env["res.users"]._tracking_get_postmasters()
        todo = self.env.ref("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get(self._name)
        vals_list = []
        for user in postmasters:
            own = self.with_context(
                lang=user.lang, tz=user.tz, allowed_company_ids=user.company_ids.ids
            )
            vals_list += [
                {
                    "activity_type_id": todo.id,
                    "automated": True,
                    "date_deadline": fields.Date.context_today(own),
                    "note": join_lines(incident._get_lines(with_numbers=True)),
                    "res_id": incident.id,
                    "res_model_id": model.id,
                    "summary": incident.name,
                    "user_id": user.id,
                }
                for incident in own
                if not incident.company_id or incident.company_id in user.company_ids
            ]
        # who gets an activity sees it at once: no email about emails
        quiet = {"mail_activity_quick_update": True}
        self.env["mail.activity"].with_context(**quiet).create(vals_list)

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _for_all(self):
        """These incidents in the language and time zone of most postmasters."""
        postmasters = self.env["res.users"]._tracking_get_postmasters()
        pairs = Counter((user.lang, user.tz) for user in postmasters)
        lang, tz = max(pairs, key=pairs.get, default=(False, False))
        return self.with_context(lang=lang or "en_US", tz=tz or "UTC")

    @api.model
    def _is_single_company(self):
        """Whether the channel may read numbers: postmasters of all companies are in it."""
        # sudo: res.company - whether there are several
        return self.env["res.company"].sudo().search_count([], limit=2) == 1

    def _render_opened(self):
        """The message that tells of these incidents; causes that they share are said once."""
        blocks, codes, with_numbers = [], set(), self._is_single_company()
        incidents = self._for_all()
        env = incidents.env
        for incident in incidents[:MAX_TOLD]:
            title = incident.name
            if incident.severity == URGENT:
                title = env._("Urgent: %(title)s", title=title)
            lines = incident._get_lines(with_numbers, with_cause=incident.code not in codes)
            codes.add(incident.code)
            blocks.append(
                join_lines([Markup("<b>%s</b>") % title, *lines])
                + link(f"/odoo/email-incidents/{incident.id}", env._("Open the incident"))
            )
        if len(incidents) > MAX_TOLD:
            more = env._("Others: %(count)s", count=len(incidents) - MAX_TOLD)
            blocks.append(link("/odoo/email-incidents", more))
        return Markup().join(blocks)

    def _get_lines(self, with_numbers, with_cause=True):
        """What there is to say of an incident."""
        lines = [self.env._("Since %(time)s.", time=self._format_time(self.opened_on))]
        if with_numbers or not self.company_id:
            lines.append(self.what)
        if with_numbers:
            lines.append(self._word_numbers())
        if self.reason and (with_numbers or not self.company_id):
            lines.append(self._word_reason())
        if with_cause:
            lines.append(self.env._("Probable cause: %(text)s", text=self.cause))
            lines.append(self.env._("What to do: %(text)s", text=self.advice))
        return lines

    def _render_over(self):
        """The message that says which of these incidents are over."""
        blocks, with_numbers = [], self._is_single_company()
        for incident in self._for_all()[:MAX_TOLD]:
            url, title = f"/odoo/email-incidents/{incident.id}", incident.name
            if not incident.closed_on:
                blocks.append(link(url, incident.env._("Not over: %(title)s", title=title)))
                continue
            time = incident._format_time(incident.closed_on)
            text = incident.env._("Over since %(time)s: %(title)s", time=time, title=title)
            lines = [incident._word_numbers()] if with_numbers else []
            if incident.kind == "server":
                lines.append(incident.env._("The emails that failed can be resent now."))
            blocks.append(link(url, text) + (join_lines(lines) if lines else ""))
        return Markup().join(blocks)

    def _word_reason(self):
        """What a server said, or in which words a connection to it failed."""
        if self.reason[0] in "245":
            return self.env._("The mail server says: %(text)s", text=self.reason)
        return self.env._("Details: %(text)s", text=self.reason)

    def _format_time(self, time):
        """A time with its time zone: people in several ones may read it."""
        tz = self.env.context.get("tz") or "UTC"
        return f"{format_datetime(self.env, time, tz=tz, dt_format='short')} ({tz})"


def join_lines(lines):
    """Lines of text as a paragraph of HTML."""
    return Markup("<p>%s</p>") % Markup("<br/>").join(line for line in lines if line)
