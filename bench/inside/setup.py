"""The users of the measured databases."""

from odoo import Command

from .. import fill


def plain(env):
    """Make the users."""
    logins = [f"bench_author_{number:02}" for number in range(fill.AUTHORS)]
    logins += [fill.POSTMASTER, fill.SENDER, fill.READER]
    values = {"group_ids": [Command.set(env.ref("base.group_user").ids)]}
    users = env["res.users"].with_context(no_reset_password=True)
    users = users.create(
        [{**values, "name": n, "login": n, "email": f"{n}@bench.example"} for n in logins]
    )
    users[-2].group_ids = [Command.link(env.ref("base.group_partner_manager").id)]
    users[-1].notification_type = "inbox"
    env["mail.mail"].search([]).unlink()
    env["ir.config_parameter"].set_param("web.base.url", "http://bench.example")
    env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
    env.cr.commit()


def addon(env):
    """Give the users the addon's groups."""
    user = env["res.users"].search([("login", "=", fill.POSTMASTER)])
    user.group_ids = [Command.link(env.ref("mail_tracking.group_postmaster").id)]
    env.cr.commit()
