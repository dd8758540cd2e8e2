"""The ways on which something is learnt of a mail, for tests of what other addons extend."""

from .report_common import UNKNOWN, ReportCommon
from .webhook_common import WebhookCommon

GUARD = "odoo.addons.mail_tracking.models.guard"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
#: way -> the state of a mail after it
WAYS = {"open": "opened", "report": "bounced", "webhook": "delivered"}


class HookCommon(WebhookCommon, ReportCommon):
    def sent(self, **values):
        """The tracking of a mail that was sent by SMTP, an hour ago."""
        row = self.row(self.post(self.anna, **values), self.anna)
        row.tracking_event_ids.timestamp -= 3600  # what is opened at once was opened by a machine
        self.env.flush_all()
        self.env.invalidate_all()
        return row

    def learn(self, way, *rows):
        """Let something be heard of these mails, from the outside."""
        if way == "open":
            for row in rows:
                url = row._get_pixel_url()
                answer = self.url_open(
                    url[url.index("/mail_tracking/") :], headers={"User-Agent": THUNDERBIRD}
                )
                self.assertEqual(answer.headers["Content-Type"], "image/gif")
        elif way == "report":
            for row in rows:
                failed = (row.recipient_address, "failed", "5.1.1", UNKNOWN)
                self.report(failed, headers=self.by_token(row))
        else:
            answer = self.send("sparkpost", self.events_for("sparkpost", rows))
            self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()

    def deliver(self, *args, **kwargs):
        """Deliver a mail to the gateway, or a request to a webhook."""
        case = ReportCommon if len(args) == 1 else WebhookCommon
        return case.deliver(self, *args, **kwargs)

    def pending(self, row):
        """The events that have to be applied yet."""
        return row.tracking_event_ids.filtered("is_pending").mapped("event_type")
