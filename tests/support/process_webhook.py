"""Mails that were sent, their pixels and a webhook, for tests that talk to a real server."""

import contextlib
import http.client
import json
from urllib.parse import urlsplit

from odoo.addons.mail_tracking.tools import tokens

from ..pure.webhook_samples import SERVICES

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.%s"
SERVICE = SERVICES["sparkpost"]


def fill(messages, recipients):
    """Arguments of the job ``fill_rows``."""
    return {"messages": messages, "recipients": recipients, "secret": SERVICE.secret}


class TrackedMails:
    """The mails of a database, as the world outside knows them.

    :param str database: filled by the job ``fill_rows``
    :param sql: how to ask the database
    """

    def __init__(self, database, sql):
        self.database = database
        self.rows = sql(
            database, "SELECT id, token, recipient_address FROM mail_tracking_email ORDER BY id"
        )
        [(self.webhook_id, self.path_secret)] = sql(
            database, "SELECT id, path_secret FROM mail_tracking_webhook"
        )

    def pixel(self, row):
        row_id, token, _address = row
        return f"/mail_tracking/open/{tokens.pixel_token(self.database, row_id, token)}.gif"

    def webhook(self, secret=None, webhook_id=None):
        token = tokens.pixel_token(
            self.database, webhook_id or self.webhook_id, secret or self.path_secret
        )
        return f"/mail_tracking/webhook/{SERVICE.code}/{token}"

    def request(self, rows, now, number, event_type="delivered"):
        """Headers and body of a signed request with one event for each row."""
        changes = next(kind for kind, found in SERVICE.KINDS.values() if found == event_type)
        events = [
            SERVICE.event(changes, token=token, recipient=address, time=now - 60, number=number + i)
            for i, (_row_id, token, address) in enumerate(rows)
        ]
        headers, body = SERVICE.request(events, now=now)
        return {"Content-Type": SERVICE.content_type, **headers}, body


class Client:
    """Asks a server, a connection at a time for each question."""

    def __init__(self, base):
        self.address = urlsplit(base).netloc

    def ask(self, method, path, headers=None, body=None):
        """Status, headers and content of an answer."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def hit(self, path, agent="1"):
        return self.ask("GET", path, {"User-Agent": BROWSER % agent})

    def post(self, path, headers, body):
        return self.ask("POST", path, headers, body)


def shown(answer):
    """What a stranger can tell answers apart by."""
    status, headers, content = answer
    return json.dumps([status, {**headers, "Date": ""}, content.decode("latin-1")], sort_keys=True)
