"""One exercise as it was handed in: its answer, and what is judged of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from workshop.answers import (
    LIMIT_BYTES,
    Answer,
    answer_in,
    is_answer,
    lost_cells,
    notebook_of,
)
from workshop.errors import WorkshopError
from workshop.exercises import is_started


@dataclass(frozen=True)
class Handed:
    """An answer, in a notebook that has nothing else."""

    answer: Answer
    notebook: bytes
    is_started: bool
    lost: tuple[str, ...]  # how the answer cells begin that it lacks

    @property
    def same(self) -> tuple[str, ...]:
        """Equal for two of one exercise if their answers are identical."""
        parts = [
            text for p in self.answer.parts for text in (p.file, p.source)
        ]
        return (self.answer.source, *parts)


def handed_in(stem: str, content: bytes) -> Handed:
    """What is in these bytes; WorkshopError if they are no notebook of it."""
    path = Path("exercises") / f"{stem}.ipynb"
    if len(content) > LIMIT_BYTES:
        raise WorkshopError(too_large(path, len(content)))
    try:
        notebook = notebook_of(content, path)
        answer = answer_in(notebook, path)
        answer.source.encode()  # half a character is no text
        cells = [cell for cell in notebook["cells"] if is_answer(cell)]
        return Handed(
            answer,
            json.dumps({"cells": cells, "nbformat": 4}).encode(),
            is_started(answer),
            tuple(lost_cells(notebook, stem)),
        )
    except WorkshopError:
        raise
    except Exception as error:  # it was made by somebody who may mean harm
        raise WorkshopError(
            f"{path} is no notebook: {type(error).__name__}, {error}."
        ) from error


def too_large(path: Path, size: int) -> str:
    """The sentence about a notebook of that many bytes."""
    return (
        f"{path} is {size / 1024**2:,.0f} MB large; "
        f"{LIMIT_BYTES // 1024**2} MB is the most. Its outputs can be "
        "cleared."
    )
