"""The mail catcher: takes every mail, shows it on a web page, passes nothing on.

It is ``mail-devel``: kept in memory, SMTP, web and IMAP on the loopback interface, HTML
mails shown with their remote images, and no file of its page comes from elsewhere.
"""

import time

from . import paths, processes, system
from .errors import Stop

ADDRESS = "127.0.0.1"
PASSWORD = "admin"
START_SECONDS = 30


def start(web_port, smtp_port, imap_port):
    """Start the catcher; return its process when it takes connections."""
    log = processes.fresh_log("catcher")
    args = [paths.VENV / "bin/mail_devel", "--host", ADDRESS, "--user", "demo@example.com"]
    args += ["--password", PASSWORD, "--http-port", web_port, "--smtp-port", smtp_port]
    args += ["--imap-port", imap_port, "--client-max-size", "50M"]
    process = processes.Process("catcher", args, log)
    deadline = time.monotonic() + START_SECONDS
    while not (system.answers(web_port) and system.answers(smtp_port)):
        if process.poll() is not None or time.monotonic() > deadline:
            process.end()
            raise Stop(f"The mail catcher does not start: mend what {paths.shown(log)} tells.")
        time.sleep(0.1)
    return process
