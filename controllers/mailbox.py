from odoo import http
from odoo.http import request

from odoo.addons.mail.tools.discuss import Store


class FailedMailboxController(http.Controller):
    """The mailbox *Failed*, with the contract of core's mailboxes."""

    _messages_url = "/mail/failed/messages"

    @http.route(_messages_url, methods=["POST"], type="jsonrpc", auth="user", readonly=True)
    def failed_messages(self, fetch_params=None):
        """The failed messages that are the user's to resolve, a page of them.

        :param dict fetch_params: ``limit``, ``before``, ``after``, ``around``, ``search_term``
        :return: ``data`` for the store, ids of the ``messages``, ``count`` of a search
        :rtype: dict
        """
        domain = [("is_failed_message", "=", True)]
        res = request.env["mail.message"]._message_fetch(domain, **(fetch_params or {}))
        messages = res.pop("messages")
        return {
            **res,
            "data": Store().add(messages).get_result(),
            "messages": messages.ids,
        }
