"""Takes the walks of ``./dev walk``; fed to Odoo's shell, which provides ``env``."""

import html
import importlib.util
import json
import os
import re
import sys
import time
from collections import Counter
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

from aiosmtpd.controller import Controller
from werkzeug.test import Client

from odoo.http import root
from odoo.modules import get_module_path

from odoo.addons.mail.tools.discuss import Store

ADDONS = ("mail_tracking", "mail")
FOLDERS = ("models/", "controllers/", "tools/")
TESTS = Path(get_module_path("mail_tracking"), "tests/pure")
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"


def traced(function):
    """Return the calls of functions of this addon, and those of Odoo's ``mail``."""
    codes = Counter()

    def profile(frame, event, _argument):
        if event == "call":
            codes[frame.f_code] += 1

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return [called(codes, f"/addons/{addon}/") for addon in ADDONS]


def called(codes, folder):
    """Return calls by file and function; what is defined inside of a function is part of it."""
    found = Counter()
    for code, count in codes.items():
        _before, is_inside, file = code.co_filename.rpartition(folder)
        # Python 3.10 does not know the classes of functions
        name = getattr(code, "co_qualname", code.co_name).partition(".<locals>")[0]
        if is_inside and file.startswith(FOLDERS) and not name.startswith("<"):
            found[f"{file} {name}"] += count if code.co_name[0] != "<" else 0
    return found


class Walks:
    """What happens to messages, each thing a function that can be traced."""

    def __init__(self, env):
        self.env = env
        self.envelopes = {}  # address -> what was sent to it
        data = env["ir.model.data"].search([("module", "=", ADDONS[0]), ("model", "=", "ir.cron")])
        self.crons = env["ir.cron"].browse(data.mapped("res_id"))
        spec = importlib.util.spec_from_file_location("samples", TESTS / "webhook_samples.py")
        spec.loader.exec_module(samples := importlib.util.module_from_spec(spec))
        self.service = samples.SERVICES["sendgrid"]
        values = {"name": "Walk", "provider": "sendgrid", "base_url": "http://localhost"}
        self.hook = env["mail.tracking.webhook"].create(values)
        self.hook.new_secret = self.service.secret

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.envelopes.update(dict.fromkeys(envelope.rcpt_tos, envelope))
        return "250 2.0.0 Ok"

    def steps(self, name):
        """Yield titles, functions, and the states of mails that these lead to."""
        client, addresses = Client(root), [f"{name}-{number}@example.com" for number in range(5)]
        contacts = self.env["res.partner"].create([{"name": a, "email": a} for a in addresses])
        user_env = self.env(user=self.env.ref("base.user_demo"))
        record = user_env["res.partner"].create({"name": name})
        values = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment", "body": "Hello"}
        post = partial(record.message_post, subject=name, partner_ids=contacts.ids, **values)
        yield "a message to five contacts, until *Sent*", post, {"sent": 5}

        message = record.message_ids[0]
        mails = message.sudo().mail_tracking_ids.sorted("id")
        mail = message_from_bytes(self.envelopes[addresses[0]].content, policy=policy.default)
        page = html.unescape(mail.get_body(("html",)).get_content())
        path = re.search(r'src="\w+://[^/]+(/mail_tracking/[^"]+)', page)[1]
        get = partial(client.get, path, headers={"User-Agent": AGENT})
        yield "a hit on the pixel", get, {"opened": 1, "sent": 4}

        values = {"time": int(time.time()), "changes": {"event": "delivered"}}
        events = [
            self.service.event(
                token=mail.token, recipient=mail.recipient_address, number=n, **values
            )
            for n, mail in enumerate(mails, mails[0].id)
        ]
        headers, body = self.service.request(events, now=time.time(), url=self.hook.url)
        path = self.hook.url.removeprefix("http://localhost")
        receive = partial(client.post, path, data=body, headers=headers)
        yield "a webhook with five delivered", receive, {"opened": 1, "delivered": 4}

        sent = self.envelopes[addresses[-1]]
        head = sent.content.decode().replace("\r", "").partition("\n\n")[0]
        bounce = (TESTS / "samples/postfix_failed.eml").read_text()
        bounce = re.sub(r"(?i)nobody@example.net", addresses[-1], bounce).replace("4CZq1", name)
        bounce = re.sub(r"(?s)(headers\n\n).*?(\n\n--)", lambda m: m[1] + head + m[2], bounce)
        bounce = bounce.replace("bounce+1@example.com", sent.mail_from)
        process = partial(self.env["mail.thread"].message_process, None, bounce)
        yield "a bounce mail", process, {"opened": 1, "delivered": 3, "bounced": 1}

        choices = message.get_resend_details()["recipients"]
        failed = [{**choice, "save": False} for choice in choices if choice["selected"]]
        states = {"opened": 1, "delivered": 3, "bounced": 1, "sent": 1}
        yield "a resend, until *Sent*", partial(message.resend_to, failed), states

        for _number in range(3):
            post()
        self.env.cr.commit()
        self.env.invalidate_all()
        fetch = partial(lambda messages: Store().add(messages).get_result(), record.message_ids)
        yield "a chatter of four messages", fetch, states

    def take(self, name):
        """Yield the title and the calls of each walk, and with the scheduled actions it woke."""
        for title, function, states in self.steps(name):
            calls = traced(lambda work=function: (work(), self.env.cr.commit()))
            yield title, *calls
            self.env.invalidate_all()
            triggers = self.env["ir.cron.trigger"].search([("cron_id", "in", self.crons.ids)])
            if triggers:
                more = traced(triggers.cron_id.method_direct_trigger)
                both = (one + other for one, other in zip(calls, more, strict=True))
                yield f"{title}, with the scheduled action", *both
            triggers.exists().unlink()
            self.env.cr.commit()
            message = self.env["mail.message"].search([("subject", "=", name)], order="id")[0]
            found = Counter(message.mail_tracking_ids.mapped("state"))
            if found != states:
                raise ValueError(f"{title}: {found} is not {states}")


def main(env):
    """Do all twice, so that what is kept for later is there; write down the second time."""
    port = int(os.environ["DEV_SMTP_PORT"])
    server = {"name": "Walk", "smtp_host": "127.0.0.1", "smtp_port": port}
    env["ir.mail_server"].search([]).active = False
    env["ir.mail_server"].create({**server, "smtp_encryption": "none"})
    walks = Walks(env)
    controller = Controller(walks, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        _first, result = [list(walks.take(name)) for name in ("warm", "walk")]
    finally:
        controller.stop()
    Path(os.environ["DEV_RESULT"]).write_text(json.dumps(result, indent=1))


main(env)  # noqa: F821
