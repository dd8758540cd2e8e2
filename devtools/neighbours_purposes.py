"""Tests of Odoo's that this addon fails on purpose, each with why.

Whoever adds one says here what people gain by it. ``./dev neighbours`` lists them apart, and
tells of those that do not fail any more.
"""

PURPOSES = {}
