"""A name server on loopback, with right and wrong records, and one that does not answer."""

import contextlib
import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

#: instead of values: what the server does with a question
SILENT, BROKEN, REFUSED = "silent", "broken", "refused"


class DnsServer:
    """Answers from a table: {(name, type): [value]}, which tests change as they like.

    A name without records of the type that is asked for, or with names below it, exists.
    """

    def __init__(self):
        self.records = {}
        self.asked = []

    @contextlib.contextmanager
    def running(self):
        """Answer on a free port; yields the address."""
        server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), self._make_handler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _make_handler(self):
        answer = self._answer

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                data, sock = self.request
                if wire := answer(data):
                    sock.sendto(wire, self.client_address)

        return Handler

    def _answer(self, wire):
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        record_type = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, record_type))
        values = self.records.get((name, record_type), [])
        if values == SILENT:
            return None
        if values == BROKEN:
            return b"\x00garbage"
        response = dns.message.make_response(query, recursion_available=True)
        if values == REFUSED:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif values:
            texts = [_quoted(value) if record_type == "TXT" else value for value in values]
            response.answer.append(dns.rrset.from_text(name + ".", 60, "IN", record_type, *texts))
        elif not self._exists(name):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire(max_size=65_000)

    def _exists(self, name):
        return any(known == name or known.endswith(f".{name}") for known, _type in self.records)


def _quoted(text):
    """A text as zone files write it: in parts of no more than 255 bytes."""
    parts = [text[start : start + 200] for start in range(0, len(text), 200)] or [""]
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)
