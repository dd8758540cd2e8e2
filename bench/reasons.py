"""Why a budget cannot be met, for the lines that come close to theirs."""

#: begin of a line's name, measure -> why
REASONS = {
    ("queue of", "time"): (
        "each email leaves a row and an event that outlive it. Their two statements, with the "
        "foreign keys and the indexes that lists, clean-up and deletions need, take half a "
        "millisecond of PostgreSQL's time; the token, the image and the server's answers as much "
        "of Odoo's. Together that is about an eighth of what sending costs without the addon."
    ),
    ("chatter, ", "time"): (
        "what became of each email is a text, a time and a reason for each recipient, which are "
        "fetched in one query and sent along; with many recipients that is a tenth of the whole."
    ),
    ("pixel, ", "hits per second"): (
        "the health check of the server reads and writes nothing. A hit checks the token, looks "
        "for a repetition, logs an event with its indexes and commits, in one statement, and the "
        "cron that counts the opens has the same two cores."
    ),
    ("webhook of", "time"): (
        "besides the events, the states of as many rows are written, and their readers told."
    ),
}


def missed(found):
    """Say why, for the figures that missed their budgets: a sentence for each reason."""
    lines = {}
    for figure in found:
        for (line, measure), why in REASONS.items():
            is_meant = figure.line.startswith(line) and figure.measure == measure
            if is_meant and figure.passed is False:
                lines.setdefault(why, []).append(figure.line)
    return [f"{'; '.join(names)}: {why}" for why, names in lines.items()]
