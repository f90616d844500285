"""The one error of this package: its text is the sentence that the person at the terminal reads."""


class LocalError(Exception):
    """Something the person at the terminal can mend; the message says what and how."""
