"""Set up the database of ``./dev run``; fed to Odoo's shell, which provides ``env``."""

import os

parameters = env["ir.config_parameter"]  # noqa: F821
parameters.set_param("web.base.url", os.environ["DEV_BASE_URL"])
parameters.set_param("web.base.url.freeze", "True")

servers = env["ir.mail_server"].with_context(active_test=False)  # noqa: F821
values = {"name": "Local mail catcher", "smtp_host": "127.0.0.1", "smtp_encryption": "none"}
values |= {"smtp_port": int(os.environ["DEV_SMTP_PORT"]), "active": True}
catcher = servers.search([("name", "=", values["name"])], limit=1)
servers.search([]).active = False
catcher.write(values) if catcher else servers.create(values)

demo = env.ref("mail_tracking.demo_partner", raise_if_not_found=False)  # noqa: F821
env.cr.commit()  # noqa: F821
print(f"\ndemo record: {demo.id if demo else ''}")
