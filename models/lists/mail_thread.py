from lxml import etree

from odoo import api, fields, models
from odoo.tools import str2bool

COLUMN = "mail_tracking_last_email_column"
VALUE = "mail_tracking_last_email"
FILTERS_HIDDEN = "mail_tracking.filters_hidden"


class MailThread(models.AbstractModel):
    """The column *Last email* and the filters for emails, of all models with a chatter."""

    _inherit = "mail.thread"

    # Web clients read hidden columns with the others. This one holds nothing, and costs nothing:
    # its widget reads ``mail_tracking_last_email`` of all rows where it is shown.
    mail_tracking_last_email_column = fields.Json(
        "Last email (column)",
        store=False,
        readonly=True,
        copy=False,
        exportable=False,
        groups="base.group_user",
        help="What became of the last email to somebody outside your company.",
    )

    # ------------------------------------------------------------
    # LISTS
    # ------------------------------------------------------------

    @api.model
    def _get_view_postprocessed(self, view, arch, **options):
        """Override of ``base`` to add the column *Last email* to lists, hidden until it is wanted.

        The lists inside of forms do not pass here. A list that holds a field named
        ``mail_tracking_last_email`` or ``mail_tracking_last_email_column`` is left alone: that
        is how a view shows the column, puts it elsewhere, or keeps it out.
        """
        if arch.tag == "list" and not arch.xpath(f"//*[@name='{VALUE}' or @name='{COLUMN}']"):
            self._add_last_email_column(arch)
        return super()._get_view_postprocessed(view, arch, **options)

    @api.model
    def _add_last_email_column(self, arch):
        """Add the column behind the others.

        :param arch: root element of the view, changed in place
        """
        columns = arch.xpath("./field")
        if columns:
            label = self.env._("Last email")
            attrs = {"name": COLUMN, "widget": COLUMN, "string": label, "optional": "hide"}
            element = etree.Element("field", attrs)
            if groups := self._fields["message_ids"].groups:
                element.set("groups", groups)
            columns[-1].addnext(element)

    # ------------------------------------------------------------
    # FILTERS
    # ------------------------------------------------------------

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override of ``base`` to add the filters for emails to search views.

        They come after the view's own filters. A search view that holds an element of the name
        of one of them is left without that one: that is how a view puts the filter elsewhere,
        words it differently, or keeps it out (``<filter name="failed_message_ids"
        invisible="1"/>``).
        """
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "search" and self._has_email_filters():
            self._add_email_filters(arch)
        return arch, view

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        """Override of ``base``: a search view is another one with the filters than without."""
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self._has_email_filters()) if view_type == "search" else key

    @api.model
    def _has_email_filters(self):
        """Whether the search views of this model offer filters for emails; no query."""
        # sudo: ir.config_parameter - what a search view looks like is no secret
        hidden = self.env["ir.config_parameter"].sudo().get_param(FILTERS_HIDDEN)
        return (
            not str2bool(hidden or "", False)
            and self._name not in self.env["ir.model"]._get_models_without_email_filters()
        )

    @api.model
    def _get_email_filters(self):
        """Attributes of the filters for emails by name, in groups: one group of the menu each."""
        return [
            {
                "failed_message_ids": {
                    "string": self.env._("Failed sent messages"),
                    "domain": "[('failed_message_ids', '!=', False)]",
                },
                "mail_tracking_not_opened": {
                    "string": self.env._("Emails not opened"),
                    "domain": "[('mail_tracking_not_opened', '=', True)]",
                },
                "mail_tracking_not_answered": {
                    "string": self.env._("Emails not answered"),
                    "domain": "[('mail_tracking_not_answered', '=', True)]",
                },
                "mail_tracking_address_bounced": {
                    "string": self.env._("Address bounced"),
                    "domain": "[('mail_tracking_address_bounced', '=', True)]",
                },
            },
            {
                "mail_tracking_last_date": {
                    "string": self.env._("Last email"),
                    "date": "mail_tracking_last_date",
                },
            },
        ]

    @api.model
    def _add_email_filters(self, arch):
        """Add the filters that a search view does not have itself.

        :param arch: root element of the view, changed in place
        """
        groups = self._fields["message_ids"].groups or "base.group_user"
        own = set(arch.xpath("//@name"))
        elements = []
        for filters in self._get_email_filters():
            added = {name: attrs for name, attrs in filters.items() if name not in own}
            if added:
                elements.append(etree.Element("separator", groups=groups))
            for name, attrs in added.items():
                elements.append(etree.Element("filter", attrs, name=name, groups=groups))
        position = self._get_email_filters_position(arch)
        arch[position:position] = elements

    @api.model
    def _get_email_filters_position(self, arch):
        """Behind the last filter, before groupings and the panel."""
        own = [
            index
            for index, node in enumerate(arch)
            if any("group_by" not in (found.get("context") or "") for found in node.iter("filter"))
        ]
        if own:
            return own[-1] + 1
        ends = ("group", "searchpanel", "filter")
        return next((index for index, node in enumerate(arch) if node.tag in ends), len(arch))
