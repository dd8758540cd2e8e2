"""A private Postfix on loopback, for the time of a test class."""

import contextlib
import email
import email.policy
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP

from .common import RecordingHandler, free_port

SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
#: owner of the mailboxes: Debian's nobody
STORE_ID = 65534
HOST_NAME = "mail.test.example"
SECONDS = 30

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {host}
mydestination =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
smtpd_client_restrictions = check_client_access texthash:{folder}/clients
smtpd_recipient_restrictions =
    check_recipient_access texthash:{folder}/recipients, permit_mynetworks, reject
recipient_delimiter = +
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_uid_maps = static:{store}
virtual_gid_maps = static:{store}
transport_maps = texthash:{folder}/transports
default_transport = error:5.1.2 no mail leaves this machine
lmtp_assume_final = yes
notify_classes =
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
delay_warning_time = 1s
"""
# each connection has a process of its own, which reads what is refused
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd -o max_use=1
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class LmtpController(Controller):
    """A mail server behind Postfix that gives the final answer, and no reports itself."""

    def factory(self):
        return LMTP(self.handler, hostname="mx.example.org")


class SmtpController(Controller):
    """A mail server behind Postfix that cannot report delivery."""


class Postfix:
    """Postfix with mailboxes of its own, and two servers behind it that do as they are told.

    :ivar handler: what the LMTP server answers to the addresses of ``remote``
    """

    def __init__(self, mailboxes, remote=(), plain=()):
        """
        :param dict mailboxes: address -> name of its folder
        :param remote: addresses that the LMTP server decides about
        :param plain: addresses at an SMTP server without delivery reports
        """
        self.mailboxes = dict(mailboxes)
        self.remote, self.plain = list(remote), list(plain)
        self.port = free_port()
        self.handler = RecordingHandler()
        self.stack = contextlib.ExitStack()

    @staticmethod
    def missing():
        """Why there can be no Postfix here, empty when there can."""
        if not shutil.which("postfix", path=SYSTEM_PATH):
            return "Postfix is not installed"
        return "" if os.geteuid() == 0 else "Postfix can be started by root only"

    def start(self):
        """Start it, and wait until it answers.

        :raise unittest.SkipTest: where Postfix cannot be had
        """
        if reason := self.missing():
            raise unittest.SkipTest(reason)
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="postfix-"))
        self.folder = pathlib.Path(folder)
        lmtp = LmtpController(
            self.handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60
        )
        smtp = SmtpController(
            self.handler, hostname="127.0.0.1", port=free_port(), ready_timeout=60
        )
        for controller in (lmtp, smtp):
            controller.start()
            self.stack.callback(controller.stop)
        self.configure(lmtp.port, smtp.port)
        process = subprocess.Popen(  # noqa: S603
            ["postfix", "-c", folder, "start-fg"],  # noqa: S607
            env={**os.environ, "PATH": SYSTEM_PATH},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.stack.callback(self.end, process)
        self.wait(lambda: process.poll() is not None or self.answers(), "Postfix answers")
        if process.poll() is not None:
            raise AssertionError(process.stderr.read().decode() + self.log())

    def configure(self, lmtp_port, smtp_port):
        for name in ("queue", "data", "mail"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        os.chown(self.folder / "mail", STORE_ID, STORE_ID)
        self.folder.chmod(0o755)
        domains = {address.partition("@")[2] for address in self.all_addresses()}
        values = {
            "folder": self.folder,
            "domains": ", ".join(sorted(domains)),
            "host": HOST_NAME,
            "port": self.port,
            "store": STORE_ID,
        }
        self.refuse()
        (self.folder / "main.cf").write_text(MAIN.format(**values))
        (self.folder / "master.cf").write_text(MASTER.format(**values))
        boxes = {**dict.fromkeys(self.all_addresses(), "elsewhere"), **self.mailboxes}
        self.write_map("mailboxes", {address: f"{name}/" for address, name in boxes.items()})
        routes = dict.fromkeys(self.remote, f"lmtp:inet:127.0.0.1:{lmtp_port}")
        routes.update(dict.fromkeys(self.plain, f"smtp:[127.0.0.1]:{smtp_port}"))
        self.write_map("transports", routes)

    def all_addresses(self):
        return [*self.mailboxes, *self.remote, *self.plain]

    def write_map(self, name, entries):
        lines = [f"{key} {value}\n" for key, value in entries.items()]
        (self.folder / name).write_text("".join(lines))

    def refuse(self, clients=(), recipients=()):
        """Refuse what comes from now on, and only that.

        :param clients: pairs of an IP address and the answer to it, as in access(5)
        :param recipients: pairs of an address or a domain and the answer
        """
        self.write_map("clients", dict(clients))
        self.write_map("recipients", dict(recipients))

    def end(self, process):
        """End the daemon that was started here, and no other."""
        pid_file = self.folder / "queue/pid/master.pid"
        if process.poll() is None and pid_file.is_file():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid_file.read_text()), 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        process.stderr.close()

    def stop(self):
        """End everything."""
        self.stack.close()

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                # anything else that is there greets with another name
                return connection.recv(100).startswith(f"220 {HOST_NAME} ".encode())
        except OSError:
            return False

    def wait(self, condition, what):
        """Wait until something has happened.

        :param condition: a function; what it returns is returned once it is true
        :raise AssertionError: when it did not happen in time
        """
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.05)  # between two looks at the condition
        raise AssertionError(f"Not seen in {SECONDS} s: {what}\n{self.log()}")

    def log(self):
        log = self.folder / "maillog"
        return log.read_text() if log.is_file() else ""

    def take(self, name):
        """Take the mails out of a mailbox, oldest first.

        :return: their bytes, as Postfix delivered them
        :rtype: list
        """
        folder = self.folder / "mail" / name / "new"
        files = sorted(folder.glob("*"), key=lambda file: file.stat().st_mtime_ns)
        mails = [file.read_bytes() for file in files]
        for file in files:
            file.unlink()
        return mails


def parsed(data):
    """A mail that Postfix delivered, parsed."""
    return email.message_from_bytes(data, policy=email.policy.default)
