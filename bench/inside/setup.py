"""The users of the measured databases."""

from odoo import Command

from .. import fill
from .meter import environment

__all__ = ["prepare"]


def prepare(registry, kind):
    """Make the users, or give them the addon's groups."""
    with environment(registry, commit=True) as env:
        if kind == "addon":
            user = env["res.users"].search([("login", "=", fill.POSTMASTER)])
            user.group_ids = [Command.link(env.ref("mail_tracking.group_postmaster").id)]
            return {}
        logins = [f"bench_author_{number:02}" for number in range(fill.AUTHORS)]
        users = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        "name": login,
                        "login": login,
                        "email": f"{login}@bench.example",
                        "group_ids": [Command.set(env.ref("base.group_user").ids)],
                    }
                    for login in [*logins, fill.POSTMASTER, fill.SENDER, "bench_inbox"]
                ]
            )
        )
        sender = users.filtered(lambda user: user.login == fill.SENDER)
        sender.group_ids = [Command.link(env.ref("base.group_partner_manager").id)]
        users.filtered(lambda user: user.login == "bench_inbox").notification_type = "inbox"
        env["mail.mail"].search([]).unlink()
        env["ir.config_parameter"].set_param("web.base.url", "http://bench.example")
        env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
    return {}
