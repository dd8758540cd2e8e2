"""A mail server that breaks in every way a mail server can."""

import contextlib
import socket
import socketserver
import threading

#: the stages of a mail, in order, see :class:`Fault`
STAGES = ("MAIL", "RCPT", "DATA", "BODY", "DOT")


class Fault:
    """What goes wrong with a mail.

    :param str stage: ``MAIL``, ``RCPT``, ``DATA`` (the commands), ``BODY`` (while the mail
        is transmitted) or ``DOT`` (when it is)
    :param str action: ``hang up``, ``die`` (and never come back), ``hang``, or an answer
    """

    def __init__(self, stage, action):
        self.stage = stage
        self.action = action

    def __repr__(self):
        return f"{self.action} at {self.stage}"


class _Session(socketserver.StreamRequestHandler):
    """One connection; its recipients are None outside of a mail."""

    recipients = None

    def handle(self):
        with contextlib.suppress(OSError, _HangUp):
            self.say("220 smtp.example ESMTP")
            for line in self.rfile:
                command = line.decode("latin-1").strip()
                if command.upper().startswith("QUIT"):
                    self.say("221 2.0.0 Bye")
                    return
                self.obey(command)

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def obey(self, command):
        verb = command[:4].upper()
        if verb == "MAIL":
            if self.recipients is not None:
                self.say("503 5.5.1 nested MAIL command")
                return
            self.server.number += 1
        if verb in ("RSET", "EHLO"):
            self.recipients = None
        if self.is_faulty(verb):
            return
        if verb == "MAIL":
            self.recipients = []
        if verb == "RCPT":
            self.recipients.append(command.partition("<")[2].partition(">")[0])
        if verb == "DATA":
            self.say("354 go on")
            self.take_mail()
        else:
            self.say("250 2.0.0 Ok")

    def take_mail(self):
        for line in self.rfile:
            if self.is_faulty("BODY"):
                return
            if line == b".\r\n":
                break
        # whatever it answers, the mail is here now
        recipients, self.recipients = self.recipients, None
        self.server.received.append(recipients)
        if not self.is_faulty("DOT"):
            self.server.accepted.append(recipients)
            self.say("250 2.0.0 Ok: queued as TEST")

    def is_faulty(self, stage):
        """Whether the stage ended in the fault of this mail, which is over then."""
        fault = self.server.faults.get(self.server.number)
        if fault is None or fault.stage != stage:
            return False
        del self.server.faults[self.server.number]
        if fault.action[0].isdigit():
            self.say(fault.action)
            if fault.action.startswith("421"):
                raise _HangUp
            return True
        if fault.action == "hang":
            self.rfile.read()  # until the client has had enough
        if fault.action == "die":
            self.server.socket.shutdown(socket.SHUT_RDWR)  # nobody gets in from here on
            self.server.socket.close()
        raise _HangUp


class _HangUp(Exception):
    """The connection is over."""


class FaultyServer(socketserver.ThreadingTCPServer):
    """The server; ``faults`` are those of the next mails, by their number from 1."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.faults = {}
        self.number = 0
        self.received = []  # recipients of the mails that were transmitted to the end
        self.accepted = []  # those that it took responsibility for
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def serve(self):
        with contextlib.suppress(OSError, ValueError):  # it was closed while it listened
            self.serve_forever(poll_interval=0.05)

    def handle_error(self, request, client_address):
        """Nothing: whatever went wrong with a connection is what was wanted."""
