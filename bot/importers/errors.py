"""What can go wrong with a file as a whole.

Exception
└── ImportProblem    the file cannot be used, in a sentence that says what to do

What is wrong with one row is no error: it is `Refused`, with its line, and the others go on.
"""


class ImportProblem(Exception):
    """The file cannot be used. Its text is for the person who gave it."""

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do."""
        return str(self)
