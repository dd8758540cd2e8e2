from odoo.http import content_disposition, request


def make_download(content, name):
    """A response that the browser saves as a file, and nobody else keeps.

    :param content: JSON
    :param str name: of the file; it ends in the history of the browser
    """
    return request.make_response(
        content,
        [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
