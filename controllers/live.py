from odoo import http
from odoo.http import request

from odoo.addons.mail.tools.discuss import Store

#: A client that asks for more has lost count; it reloads its page at some time.
MAX_MESSAGES = 200


class MailTrackingLiveController(http.Controller):
    """News about messages that a client shows already."""

    @http.route(
        "/mail_tracking/messages", type="jsonrpc", auth="user", methods=["POST"], readonly=True
    )
    def mail_tracking_messages(self, message_ids):
        """What became of these messages, as far as the user may read them.

        :param list message_ids: numbers of messages; at most 200 are looked at
        :return: store data
        :rtype: dict
        """
        store = Store()
        if not request.env.user._is_internal():
            return store.get_result()
        ids = [number for number in message_ids if type(number) is int][:MAX_MESSAGES]
        messages = request.env["mail.message"].search([("id", "in", ids)])
        messages._tracking_to_store(store)
        return store.get_result()
