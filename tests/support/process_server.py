"""Odoo's command line, as a script: a server with workers starts its own script again."""

from odoo.cli import main

if __name__ == "__main__":
    main()
