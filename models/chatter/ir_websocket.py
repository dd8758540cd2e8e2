import re
from collections import defaultdict

from odoo import models

from .mail_message import SUBCHANNEL

CHANNEL = re.compile(r"mail_tracking/(?P<model>[a-z0-9_.]{1,100})/(?P<id>[1-9][0-9]{0,8})")
#: No page shows messages of more records than this.
MAX_RECORDS = 500


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Override of ``bus``: a record's channel is for those who may read the record."""
        asked, others = [], []
        for channel in channels:
            # another addon may have put in a record, or a pair, beside the names that came
            is_ours = isinstance(channel, str) and channel.startswith(f"{SUBCHANNEL}/")
            (asked if is_ours else others).append(channel)
        channels = others
        channels += [(record, SUBCHANNEL) for record in self._get_tracked_records(asked)]
        return super()._build_bus_channel_list(channels)

    def _get_tracked_records(self, asked):
        """The records whose emails the user may watch, of channels as clients name them."""
        if not self.env.user._is_internal():
            return []
        ids_by_model = defaultdict(set)
        for channel in asked[:MAX_RECORDS]:
            match = CHANNEL.fullmatch(channel)
            if match and self._has_chatter(match["model"]):
                ids_by_model[match["model"]].add(int(match["id"]))
        return [
            record
            for model, ids in ids_by_model.items()
            for record in self.env[model].browse(ids).exists()._filtered_access("read")
        ]

    def _has_chatter(self, model):
        """Whether there are records of that name that messages can be posted to."""
        return (
            model in self.env
            and not self.env[model]._abstract
            and hasattr(self.env[model], "message_post")
        )
