"""The states of an exercise, in the words that every command has for them."""

NOT_STARTED = "not started"  # as it was made, or not there
UNREADABLE = "unreadable"  # no notebook, too large, or without its answer
DOES_NOT_RUN = "does not run"  # Python cannot read it, a cell fails, no end
WRONG = "wrong"  # a check fails
SOLVED = "solved"  # every check passes
STATES = (NOT_STARTED, UNREADABLE, DOES_NOT_RUN, WRONG, SOLVED)


def count_solved(solved: int, of: int) -> str:
    """How many are solved, as a sentence."""
    are = "is" if solved == 1 else "are"
    return f"{solved} of {of} exercises {are} solved."
