"""An SMTP server on loopback that takes every mail and keeps none.

For each line that comes it prints how many mails were taken since the last one.
"""

import sys

from aiosmtpd.controller import Controller


class Sink:
    count = 0

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.count += len(envelope.rcpt_tos)
        return "250 2.0.0 Ok: queued as BENCH"


if __name__ == "__main__":
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=int(sys.argv[1]))
    controller.start()
    for _line in sys.stdin:
        print(sink.count, flush=True)
        sink.count = 0
    controller.stop()
