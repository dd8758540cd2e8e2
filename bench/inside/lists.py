"""What the search view makes of the words that somebody types."""

from lxml import etree

from odoo.tools.safe_eval import safe_eval

from .meter import environment

__all__ = ["list_view", "search_domain"]

MODEL = "mail.tracking.email"


def list_view(registry, login):
    """Return how many groups the list shows at once."""
    with environment(registry, login) as env:
        arch = etree.fromstring(env[MODEL].get_view(view_type="list")["arch"])
        return {"groups_limit": int(arch.get("groups_limit") or 80)}


def search_domain(registry, login, text):
    """Return the domain of a text typed into the search, with Enter."""
    with environment(registry, login) as env:
        arch = env[MODEL].get_view(view_type="search")["arch"]
        field = etree.fromstring(arch).find("field")
        name = field.get("name")
        if field.get("filter_domain"):
            domain = safe_eval(field.get("filter_domain"), {"self": text})
        else:
            domain = [(name, field.get("operator") or "ilike", text)]
        return {"domain": domain}
