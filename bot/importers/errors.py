"""What can go wrong with a file.

Exception
├── ImportProblem      the file cannot be used as a whole, in a sentence that says what to do
└── ValueError
    └── Unfit          one row cannot be used: it is told with its line, and the others go on
"""


class ImportProblem(Exception):
    """The file cannot be used. Its text is for the person who gave it."""

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do."""
        return str(self)


class Unfit(ValueError):
    """A row cannot be used. Its text says why, for the person who gave the file."""


def reason_of(error: Exception) -> str:
    """Why a row cannot be used, in our own words; what nobody thought of is not told in Python's."""
    return str(error) if isinstance(error, Unfit) else "it is not as its format demands"
