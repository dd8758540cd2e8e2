"""An SMTP server on loopback that takes every mail and keeps none.

Runs in the virtual environment. Prints its port; for each line that comes, how many mails
were taken since the last one.
"""

import sys

from aiosmtpd.controller import Controller


class Sink:
    """Counts what it takes."""

    count = 0

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        """Take a mail for all its recipients."""
        self.count += len(envelope.rcpt_tos)
        return "250 2.0.0 Ok: queued as BENCH"


def main():
    """Serve until the other side closes."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=int(sys.argv[1]))
    controller.start()
    print(controller.port, flush=True)
    for _line in sys.stdin:
        print(sink.count, flush=True)
        sink.count = 0
    controller.stop()


if __name__ == "__main__":
    main()
