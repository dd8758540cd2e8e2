"""``./dev bench``: what the addon costs beside plain Odoo, and how that grows."""
