"""Words that the tests of the front door share."""


def said(table, *parts):
    """Whether one note of the health report holds all parts."""
    return any(all(part in note.text for part in parts) for note in table.health.notes)
