from odoo import api, models

from .doors import has_stored_computes, is_extended
from .statements import insert

#: as many go in one statement of the ORM
FEW = 100


class BusBus(models.Model):
    _inherit = "bus.bus"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to send many messages in one statement: one for each record is many.

        Nobody looks at what is returned: the server fetches them when the commit tells it to.
        """
        is_plain = not (is_extended(self, "create", owner="bus") or has_stored_computes(self))
        if len(vals_list) <= FEW or not is_plain:
            return super().create(vals_list)
        self.check_access("create")
        self.env.cr.execute(insert(self, vals_list))
        return self.browse()
