"""Runs inside of Odoo, in a process of its own: what is measured, and how it is counted."""
