"""The talk's two tables, measured again: languages on both local clouds."""
