"""What of an answer is not written yet: its gaps that still have dots."""

import re

from workshop.answers import Cell, Notebook, is_answer, part_in, source_of

GAP = re.compile(r"# Your answer, .*\n\s*\.\.\.[ \t]*$", re.MULTILINE)
DEFINES = re.compile(r"^[ \t]*(?:async +)?(?:def|class) +(\w+)", re.MULTILINE)


def has_gap(cell: Cell) -> bool:
    """Whether an answer cell still has its dots."""
    return is_answer(cell) and bool(GAP.search(source_of(cell)))


def unwritten(notebook: Notebook) -> list[str]:
    """The functions, or files, with a gap in them, in their order."""
    found: dict[str, None] = {}
    for cell in notebook["cells"]:
        if has_gap(cell):
            for gap in GAP.finditer(source_of(cell)):
                found[_name(cell, gap.start())] = None
    return [name for name in found if name]


def _name(cell: Cell, position: int) -> str:
    """What a gap at this position of a cell belongs to, or ""."""
    part = part_in(cell)
    if part:
        return part.file
    names = DEFINES.findall(source_of(cell)[:position])
    return names[-1] if names else ""
