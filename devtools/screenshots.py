"""Make the pictures of the README from a running Odoo: real mails, real pages.

``.dev/venv/bin/python devtools/screenshots.py http://localhost:8069 static/img``

Odoo has to run on this machine with the addon and demo data installed, and ``admin`` /
``admin`` has to be able to log in. Records are created there and stay there. Mails go to
an SMTP server inside this script, which refuses one of them; reports and opens come back
the way they do in life. Nothing waits for a fixed time, only for what the page shows.
The exit status is 1 when the browser's console had a warning to tell.
"""

import argparse
import base64
import datetime
import email
import email.policy
import email.utils
import html
import http.cookiejar
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import websocket
from aiosmtpd.controller import Controller

LOGIN = PASSWORD = "admin"
SECONDS = 60
# Wide enough to have the chatter beside the form; the list gets along with less.
WIDE, NARROW, MEDIUM, HEIGHT = 1600, 1400, 860, 1000
MARGIN = 12
CHROMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

APPLE_PREFETCH = "Mozilla/5.0"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"

# Name, address, and what becomes of the mail.
RECIPIENTS = (
    ("Olga Berg", "olga.berg@example.com", ("prefetched", "opened")),
    ("Dario Conti", "dario.conti@example.com", ("delivered",)),
    ("Selma Jensen", "selma.jensen@example.com", ()),
    ("Emil Novak", "emil.nowak@example.com", ("refused",)),
    ("Nora Without Address", False, ()),
)
REFUSAL = "550 5.1.1 <%s>: Recipient address rejected: User unknown"

REPORT = """\
From: Mail Delivery System <mailer-daemon@mx.example.com>
To: %(bounce)s
Subject: Successful Mail Delivery Report
Message-ID: <%(id)s@mx.example.com>
Date: %(date)s
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=report="

--=report=
Content-Type: text/plain; charset=us-ascii

Your message was delivered.

--=report=
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; %(recipient)s
Action: delivered
Status: 2.0.0
Remote-MTA: dns; mailbox.example.com
Diagnostic-Code: smtp; 250 2.0.0 Ok: stored

--=report=
Content-Type: text/rfc822-headers

%(headers)s
--=report=--
"""


class MailServer:
    """Takes mails, and refuses those to certain addresses."""

    def __init__(self, refused):
        self.refused = refused
        self.mails = {}  # address -> message

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        """Answer to one recipient; the name is aiosmtpd's."""
        if address in self.refused:
            return REFUSAL % address
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server, _session, envelope):
        """Keep a mail; the name is aiosmtpd's."""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.update(dict.fromkeys(envelope.rcpt_tos, message))
        return "250 2.0.0 Ok: queued"


class Odoo:
    """A session with Odoo's web server."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path):
        """Return a page as text."""
        with self.opener.open(self.url + path, timeout=SECONDS) as answer:
            return answer.read().decode()

    def log_in(self):
        """Log in through the form, as a person does."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/web/login"))[1]
        form = {"csrf_token": token, "login": LOGIN, "password": PASSWORD}
        data = urllib.parse.urlencode(form).encode()
        with self.opener.open(self.url + "/web/login", data, timeout=SECONDS) as answer:
            if answer.url.startswith(self.url + "/web/login"):
                sys.exit(f"{LOGIN} cannot log in at {self.url}.")

    @property
    def session_id(self):
        """The cookie that the browser gets too."""
        return next(cookie.value for cookie in self.cookies if cookie.name == "session_id")

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model."""
        payload = {
            "jsonrpc": "2.0",
            "method": "call",
            "params": {"model": model, "method": method, "args": args, "kwargs": kwargs},
        }
        query = urllib.request.Request(
            f"{self.url}/web/dataset/call_kw/{model}/{method}",
            json.dumps(payload).encode(),
            {"Content-Type": "application/json"},
        )
        with self.opener.open(query, timeout=SECONDS) as answer:
            result = json.load(answer)
        if "error" in result:
            sys.exit(f"{model}.{method}: {result['error']['data']['debug']}")
        return result["result"]

    def create(self, model, **values):
        """Create one record, without a note about that, and return its id."""
        context = {"mail_create_nolog": True}
        return self.call(model, "create", [values], context=context)[0]


# ------------------------------------------------------------
# DATA
# ------------------------------------------------------------


def send_message(odoo):
    """Send a message whose recipients fare differently.

    Return the id of its contact, and the mails by address.
    """
    refused = {address for _name, address, fate in RECIPIENTS if "refused" in fate}
    server = MailServer(refused)
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        record_id = post_message(odoo, controller.port)
    finally:
        controller.stop()
    for _name, address, fate in RECIPIENTS:
        for happening in fate:
            if happening == "delivered":
                report_delivery(odoo, server.mails[address], address)
            elif happening == "prefetched":
                open_mail(server.mails[address], APPLE_PREFETCH)
            elif happening == "opened":
                open_mail(server.mails[address], THUNDERBIRD)
    return record_id, server.mails


def free_port():
    """Return a TCP port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post_message(odoo, port):
    """Post the message through a mail server of its own; return the id of its contact."""
    mail_server = odoo.create(
        "ir.mail_server",
        name="Screenshots",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_encryption="none",
    )
    # The image in the mails must lead to the Odoo that this script talks to.
    base_url = "mail_tracking.base.url"
    before = odoo.call("ir.config_parameter", "set_param", base_url, odoo.url)
    partners = [
        odoo.create("res.partner", name=name, email=address) for name, address, _fate in RECIPIENTS
    ]
    record_id = odoo.create("res.partner", name="Lumber Works", is_company=True)
    odoo.call(
        "res.partner",
        "message_post",
        [record_id],
        body="Dear all, here is our offer for the garden house. It holds until Friday.",
        subject="Offer for the garden house",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        partner_ids=partners,
        mail_server_id=mail_server,
    )
    odoo.call("ir.config_parameter", "set_param", base_url, before)
    odoo.call("ir.mail_server", "unlink", [mail_server])
    return record_id


def report_delivery(odoo, mail, address):
    """Hand Odoo the delivery report of the recipient's server, as a mail gateway does."""
    headers = "\n".join(f"{name}: {value}" for name, value in mail.items())
    # Mails tell no fractions of a second: this one was not written before it was sent.
    date = email.utils.localtime() + datetime.timedelta(seconds=1)
    report = REPORT % {
        "bounce": mail["Return-Path"] or mail["From"],
        "date": email.utils.format_datetime(date),
        "headers": headers,
        "id": address.replace("@", "."),
        "recipient": address,
    }
    odoo.call("mail.thread", "message_process", False, report)


def open_mail(mail, user_agent):
    """Load the image of a mail, as a mail program does."""
    body = mail.get_body(("html",)).get_content()
    for source in re.findall(r'<img[^>]*\ssrc="([^"]*/mail_tracking/open/[^"]*)"', body):
        query = urllib.request.Request(html.unescape(source), headers={"User-Agent": user_agent})
        with urllib.request.urlopen(query, timeout=SECONDS) as answer:
            answer.read()


# ------------------------------------------------------------
# BROWSER
# ------------------------------------------------------------


class Browser:
    """A browser without a screen, driven through its debugging protocol."""

    def __init__(self, profile):
        program = next(filter(None, map(shutil.which, CHROMES)), None)
        if program is None:
            sys.exit("No Chromium is installed.")
        self.count = 0
        self.complaints = []
        self.process = subprocess.Popen(
            [
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--force-prefers-reduced-motion",
                "--no-first-run",
                "--lang=en-US",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self.connect(Path(profile) / "DevToolsActivePort")
        except BaseException:
            self.close()
            raise

    def connect(self, port_file):
        """Connect to the page that is open."""
        port = until(lambda: port_file.is_file() and port_file.read_text().split("\n")[0])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        self.channel = websocket.create_connection(
            page["webSocketDebuggerUrl"], timeout=SECONDS, suppress_origin=True
        )
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def close(self):
        """End the browser."""
        self.process.terminate()
        self.process.wait(SECONDS)

    def send(self, method, **params):
        """Send a command and return its result."""
        self.count += 1
        self.channel.send(json.dumps({"id": self.count, "method": method, "params": params}))
        while True:
            answer = json.loads(self.channel.recv())
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.listen(answer)

    def listen(self, event):
        """Keep what the console complains about."""
        params = event.get("params", {})
        if event.get("method") == "Runtime.consoleAPICalled":
            if params["type"] in ("warning", "error", "assert"):
                words = [str(arg.get("value", arg.get("description"))) for arg in params["args"]]
                self.complaints.append(f"{params['type']}: {' '.join(words)}")
        elif event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(f"exception: {json.dumps(params['exceptionDetails'])}")
        elif event.get("method") == "Log.entryAdded":
            entry = params["entry"]
            if entry["level"] in ("warning", "error"):
                self.complaints.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}")

    def evaluate(self, expression):
        """Return the value of an expression in the page, None while it has none."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    def open(self, url, width):
        """Go to a page, in a window of some width."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=HEIGHT,
            deviceScaleFactor=2,
            mobile=False,
        )
        self.send("Page.navigate", url=url)

    def see(self, expression):
        """Wait until an expression in the page is true, and all is loaded and at rest."""
        settled = (
            "document.readyState === 'complete' && document.fonts.status === 'loaded'"
            " && [...document.images].every((image) => image.complete)"
            " && !document.getAnimations().some((motion) => motion.playState === 'running'"
            " && motion.effect.getComputedTiming().iterations !== Infinity)"
        )
        until(lambda: self.evaluate(f"Boolean(({expression}) && {settled})"), expression)
        # two frames: what was found has been painted as well
        self.send(
            "Runtime.evaluate",
            expression="new Promise((done) => "
            "requestAnimationFrame(() => requestAnimationFrame(done)))",
            awaitPromise=True,
        )

    def click(self, selector):
        """Click an element with the mouse, in its middle."""
        box = self.box(selector)
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **point)

    def box(self, *selectors):
        """Return the rectangle around the first element of each selector."""
        return self.evaluate(
            f"""(() => {{
                const rects = {json.dumps(selectors)}.map((selector) =>
                    document.querySelector(selector).getBoundingClientRect());
                const x = Math.min(...rects.map((rect) => rect.left));
                const y = Math.min(...rects.map((rect) => rect.top));
                return {{
                    x, y,
                    width: Math.max(...rects.map((rect) => rect.right)) - x,
                    height: Math.max(...rects.map((rect) => rect.bottom)) - y,
                }};
            }})()"""
        )

    def shoot(self, path, *selectors, margin=MARGIN):
        """Save a picture of the area around some elements."""
        box = self.box(*selectors)
        x, y = max(0, box["x"] - margin), max(0, box["y"] - margin)
        clip = {
            "x": x,
            "y": y,
            "width": box["x"] + box["width"] + margin - x,
            "height": box["y"] + box["height"] + margin - y,
            "scale": 1,
        }
        picture = self.send("Page.captureScreenshot", format="png", clip=clip)
        path.write_bytes(base64.b64decode(picture["data"]))
        print(path)


def until(condition, what="the browser"):
    """Return what a condition gives as soon as that is true."""
    deadline = time.monotonic() + SECONDS
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"In vain waited for: {what}")
        time.sleep(0.02)
    return value


# ------------------------------------------------------------
# PICTURES
# ------------------------------------------------------------


def log_in(browser, odoo):
    """Give the browser the session of the script."""
    host = urllib.parse.urlsplit(odoo.url).hostname
    browser.send("Network.setCookie", name="session_id", value=odoo.session_id, domain=host)


def show_chatter(browser, odoo, record_id, mails, folder):
    """Show the message, one recipient's events, its failures, and a mail that is opened."""
    line = ".o-mail-Message .o_mail_tracking"
    box = ".o_mail_tracking_failed_box"
    browser.open(f"{odoo.url}/odoo/res.partner/{record_id}", WIDE)
    wanted = ["opened", "delivered", "sent", "error", "no_email"]
    browser.see(
        " && ".join(
            f"document.querySelector('{line}_recipient[data-status={status}]')" for status in wanted
        )
        + f" && document.querySelector('{box}')"
    )
    browser.shoot(folder / "chatter.png", ".o-mail-Message", line)
    browser.shoot(folder / "failed_message_widget.png", box)

    browser.click(f"{line}_recipient[data-status=opened] .o_mail_tracking_status")
    browser.see("document.querySelectorAll('.o_mail_tracking_event').length >= 3")
    browser.shoot(folder / "popover.png", line, ".o_mail_tracking_popover")
    browser.click(".o_mail_tracking_popover .btn-close")
    browser.see("!document.querySelector('.o_mail_tracking_popover')")

    browser.click(f"{box} .o_mail_tracking_failed_resend")
    browser.see("document.querySelector('.modal .o_mail_tracking_resend_email')")
    browser.shoot(folder / "resend.png", ".modal-content")
    browser.click(".modal .btn-secondary")
    browser.see("!document.querySelector('.modal')")
    show_live(browser, line, mails, folder)


def show_live(browser, line, mails, folder):
    """Show the page before and after a recipient opens the mail; nobody reloads it."""
    name, address = next((name, address) for name, address, fate in RECIPIENTS if not fate)
    recipient = f"[...document.querySelectorAll('{line}_recipient')]"
    recipient += f".find((element) => element.textContent.includes('{name}'))"
    browser.shoot(folder / "live_sent.png", line)
    open_mail(mails[address], THUNDERBIRD)
    browser.see(f"{recipient}.dataset.status === 'opened'")
    browser.shoot(folder / "live_opened.png", line)


def show_discuss(browser, odoo, folder):
    """Show the mailbox of what failed."""
    browser.open(f"{odoo.url}/odoo/discuss?active_id=mail.box_failed", NARROW)
    entry = ".o-mail-Message .o_mail_tracking_failed_in_mailbox"
    browser.see(f"document.querySelector('{entry}')")
    browser.shoot(
        folder / "failed_message_discuss.png",
        ".o-mail-Mailbox[data-mailbox-id='failed']",
        ".o-mail-DiscussContent-header",
        ".o-mail-Message",
        margin=0,
    )


def show_lists(browser, odoo, folder):
    """Show the tracked mails, and the contacts that have failed messages."""
    browser.open(f"{odoo.url}/odoo/action-mail_tracking.action_view_mail_tracking_email", NARROW)
    browser.see("document.querySelectorAll('.o_list_view .o_data_row').length >= 5")
    browser.shoot(
        folder / "tracking_emails.png",
        ".o_control_panel",
        ".o_list_view .o_data_row:nth-child(5)",
        margin=0,
    )
    browser.open(f"{odoo.url}/odoo/contacts?view_type=list", NARROW)
    browser.see("document.querySelector('.o_searchview_dropdown_toggler')")
    browser.click(".o_searchview_dropdown_toggler")
    item = "[...document.querySelectorAll('.o_filter_menu .o_menu_item')]"
    item += ".find((element) => element.textContent.trim() === 'Failed sent messages')"
    browser.see(item)
    browser.evaluate(f"{item}.id = 'failed_filter'; {item}.scrollIntoView()")
    browser.click("#failed_filter")
    browser.see("document.querySelector('.o_searchview_facet')")
    browser.shoot(
        folder / "failed_message_filter.png",
        ".o_control_panel",
        ".o_search_bar_menu, .o-dropdown--menu",
        margin=0,
    )


def show_setup(browser, odoo, folder):
    """Show what the check of the set-up finds."""
    browser.open(f"{odoo.url}/odoo/tracking-setup", MEDIUM)
    result = ".o_mail_tracking_setup_result"
    browser.see(
        "document.querySelector('.o_mail_tracking_setup_again:enabled')"
        f" && document.querySelector('[data-check=live] {result}[data-verdict=ok]')"
    )
    browser.shoot(folder / "setup.png", ".o_control_panel", "[data-check=bounces]", margin=0)


def main():
    """Make the data and take the pictures; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("url", help="address of Odoo, for example http://localhost:8069")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)

    odoo = Odoo(options.url)
    odoo.log_in()
    record_id, mails = send_message(odoo)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            log_in(browser, odoo)
            show_chatter(browser, odoo, record_id, mails, options.folder)
            show_discuss(browser, odoo, options.folder)
            show_lists(browser, odoo, options.folder)
            show_setup(browser, odoo, options.folder)
        finally:
            browser.close()
    for complaint in browser.complaints:
        print(f"Browser console: {complaint}", file=sys.stderr)
    return 1 if browser.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
