"""The judge on files of posts, as the command line needs it: looked at, learned, judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.options import Advance, give_up

if TYPE_CHECKING:
    from recsys.encoders import Encoder
    from recsys.quality.judge import Judge
    from recsys.quality.learn import Learned
    from recsys.quality.looks import Looks

BATCH = 32
Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Bench:
    """The judge with its encoder."""

    judge: "Judge"
    encoder: "Encoder"

    def looked(self, rows: Rows, told: Advance) -> "Looks":
        """What the judge looks at of each row's text."""
        from recsys.quality.looks import look, together

        texts = [row["text"] for row in rows]
        parts = [look(texts[:0], self.encoder)]
        for begin in range(0, len(texts), BATCH):
            parts.append(look(texts[begin : begin + BATCH], self.encoder))
            if begin % (BATCH * 40) == 0:
                told(begin / len(texts), f"{begin:,} of {len(texts):,} posts read")
        return together(parts)

    def learned(self, rows: Rows, looks: "Looks") -> "Learned":
        """From labelled rows, as if experts had judged them."""
        import numpy as np

        from recsys.quality.floods import mark
        from recsys.quality.learn import Verdicts, learn

        weights = np.ones(len(rows), np.float32)
        labels, groups = [row["label"] for row in rows], [mark(row["text"])[:40] for row in rows]
        return learn(self.judge, Verdicts(looks, labels, weights, groups))


def bench(file: Path | None = None) -> Bench:
    """The shipped judge, or the one in the file, and its encoder. Exits with a sentence."""
    from recsys.encoders import EncoderError
    from recsys.quality.saved import SavedError, read_judge, shipped

    try:
        judge = read_judge(file) if file else shipped()
        return Bench(judge, _encoder(judge.encoder))
    except (SavedError, EncoderError) as error:
        give_up(str(error))


@cache
def _encoder(name: str) -> "Encoder":
    from recsys.encoders import load_encoder

    return load_encoder(name)


def what_was_learned(learned: "Learned") -> str:
    """A sentence for the person."""
    served = ", ".join(learned.served) or "nothing that was better on those held out"
    return f"Learned from {learned.verdicts} verdicts: {served}."
