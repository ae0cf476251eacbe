"""What can go wrong with a file, in the language of whoever gave it.

Exception
├── ImportProblem      the file cannot be used as a whole, in a sentence that says what to do
└── ValueError
    └── Unfit          one row cannot be used: it is told with its line, and the others go on

Both are sentences: `ImportProblem("{file} is empty.", file=name)`. The text is written out where it is
raised, so that the catalogues find it.
"""

from bot.sentences import Sentence


class ImportProblem(Sentence, Exception):
    """The file cannot be used. It is told to the person who gave it."""

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do, in English."""
        return str(self)


class Unfit(Sentence, ValueError):
    """A row cannot be used. It says why, to the person who gave the file."""


def unfit(error: Exception) -> Unfit:
    """Why a row cannot be used, in our own words; what nobody thought of is not told in Python's."""
    return error if isinstance(error, Unfit) else Unfit("it is not as its format demands")
