"""A bill: its lines, their sum, and how both are shown."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from html import escape

from workshop.billing.amount import (
    MILLION,
    ONE,
    ZERO,
    grouped,
    less,
    ratio,
    times,
    total,
)

HEADINGS = ("what", "quantity", "free", "unit", "price, USD", "amount, USD")
CENT = Decimal("0.01")
WORDS = {MILLION: "a million"}


@dataclass(frozen=True)
class Line:
    """One line of a bill. `price` is USD for `per` units; nothing rounded."""

    what: str
    quantity: Decimal
    unit: str
    price: Decimal
    per: Decimal = ONE
    free: Decimal = ZERO  # of the quantity

    @property
    def amount(self) -> Decimal:
        """What it costs, in USD: the quantity that is not free."""
        paid = less(self.quantity, self.free)
        return ratio(times(paid, self.price), self.per)

    @property
    def cells(self) -> tuple[str, ...]:
        """What a table shows, in the order of HEADINGS."""
        price = grouped(self.price)
        if self.per != ONE:
            price += f" {WORDS.get(self.per) or f'per {grouped(self.per)}'}"
        return (
            self.what,
            shortened(self.quantity),
            shortened(self.free) if self.free else "",
            self.unit,
            price,
            usd(self.amount),
        )


@dataclass(frozen=True)
class Bill:
    """What a month costs on one platform, in USD."""

    platform: str
    lines: tuple[Line, ...]
    priced: date  # the date of the price card

    @property
    def total(self) -> Decimal:
        """The sum of the lines, not rounded."""
        return total(*(line.amount for line in self.lines))

    @property
    def note(self) -> str:
        """What a reader has to know about the prices."""
        return note(self.priced)

    def __add__(self, other: "Bill") -> "Bill":
        """Both bills as one: a function and the API in front of it, say."""
        return Bill(
            f"{self.platform} + {other.platform}",
            self.lines + other.lines,
            min(self.priced, other.priced),
        )

    def __str__(self) -> str:
        rows = [HEADINGS, *(line.cells for line in self.lines)]
        rows.append(("total", *[""] * 4, usd(self.total)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = [
            "  ".join(
                cell.ljust(width) if column in (0, 3) else cell.rjust(width)
                for column, (cell, width) in enumerate(
                    zip(row, widths, strict=True)
                )
            ).rstrip()
            for row in rows
        ]
        return "\n".join([self.platform, *table, self.note])

    def _repr_html_(self) -> str:
        """A table without colours of its own: legible in any theme."""
        rows = [_row("th", HEADINGS)]
        rows += [_row("td", line.cells) for line in self.lines]
        rows.append(_row("th", ("total", *[""] * 4, usd(self.total))))
        return (
            f"<table><caption>{escape(self.platform)}</caption>"
            f"{''.join(rows)}</table><p><small>{escape(self.note)}</small></p>"
        )


def _row(kind: str, cells: tuple[str, ...]) -> str:
    shown = "".join(
        f'<{kind} style="text-align:{_side(column)}">{escape(cell)}</{kind}>'
        for column, cell in enumerate(cells)
    )
    return f"<tr>{shown}</tr>"


def _side(column: int) -> str:
    return "left" if column in (0, 3) else "right"


def note(priced: date) -> str:
    """What is true of each bill by the card of that day."""
    return (
        f"List prices of {priced}, without tax; data transfer, logs and "
        "discounts are not counted."
    )


def usd(amount: Decimal) -> str:
    """An amount to the cent, or a small one to its first two digits."""
    if amount == 0 or amount >= CENT:
        return f"{amount.quantize(CENT, ROUND_HALF_UP):,f}"
    place = Decimal(1).scaleb(amount.adjusted() - 1)
    return f"{amount.quantize(place, ROUND_HALF_UP):f}"


def shortened(quantity: Decimal) -> str:
    """A quantity to a thousandth."""
    return grouped(quantity.quantize(Decimal("0.001"), ROUND_HALF_UP))
