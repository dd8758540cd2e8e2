"""Records as plain values, for a file that a person gets."""

from odoo import fields

#: what stands in a text for a key of ours
HIDDEN = "…"


def tell(records, names, secrets=()):
    """Values of records by name of field; empty ones are left out.

    :param records: with sudo
    :param names: of the fields
    :param secrets: keys of ours that may stand in texts, as services hand them back
    :rtype: list[dict]
    """
    records.fetch(names)
    return [
        {
            name: value
            for name in names
            if (value := _plain(record._fields[name], record[name], secrets)) not in (None, "")
        }
        for record in records
    ]


def describe_fields(model):
    """What the fields mean that a person is told of.

    :param model: with ``_get_told_fields``
    :rtype: dict
    """
    names = [field.name for field in model._get_told_fields()]
    described = model.fields_get(names, ["string", "help"])
    return {name: f"{each['string']}: {each.get('help', '')}" for name, each in described.items()}


def _plain(field, value, secrets):
    """A value that JSON knows; times as in ISO 8601."""
    if field.type == "boolean":
        return value
    if value is False or value is None:
        return None
    if field.type == "datetime":
        return f"{value.replace(microsecond=0).isoformat()}Z"
    if field.type == "date":
        return fields.Date.to_string(value)
    if field.type == "many2one":
        return {"id": value.id, "name": value.display_name} if value else None
    if field.type == "many2one_reference":
        return value or None
    if isinstance(value, str):
        for secret in secrets:
            if secret in value:
                value = value.replace(secret, HIDDEN)
    return value
