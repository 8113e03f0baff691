"""Money: whole minor units (cents, øre) of one currency. Two currencies never meet by accident."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

import msgspec

CURRENCIES = ("EUR", "NOK", "SEK")  # All of them have two decimals.


class Money(msgspec.Struct, frozen=True, gc=False):
    """An amount in minor units of an ISO 4217 currency. Mixing two currencies raises ValueError."""

    minor: int
    currency: str = "EUR"

    def __add__(self, other: Self) -> Self:
        return type(self)(self.minor + self.in_same_currency(other), self.currency)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.minor - self.in_same_currency(other), self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.minor, self.currency)

    def __lt__(self, other: Self) -> bool:
        return self.minor < self.in_same_currency(other)

    def __le__(self, other: Self) -> bool:
        return self.minor <= self.in_same_currency(other)

    def __gt__(self, other: Self) -> bool:
        return self.minor > self.in_same_currency(other)

    def __ge__(self, other: Self) -> bool:
        return self.minor >= self.in_same_currency(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def split(self, parts: int) -> list[Self]:
        """Equal parts that add up to the whole; the odd cents go one each to the first parts."""
        each, odd = divmod(self.minor, parts)
        return [type(self)(each + (part < odd), self.currency) for part in range(parts)]

    def share(self, percent: Decimal) -> Self:
        """This many hundredths of the amount, rounded half up to the minor unit."""
        return type(self)(round_half_up(Decimal(self.minor) * percent / 100), self.currency)

    def in_same_currency(self, other: Self) -> int:
        """The other's minor units. Raises ValueError where the currencies differ."""
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} is not {self.currency}")
        return other.minor

    @property
    def decimal(self) -> Decimal:
        """The amount in whole units with two decimals, as files and laws write it."""
        return Decimal(self.minor).scaleb(-2)

    @classmethod
    def of(cls, amount: Decimal | str, currency: str) -> Self:
        """From whole units. Raises ValueError where the amount has more than two decimals or is no number."""
        exact = Decimal(amount).scaleb(2)
        if not exact.is_finite() or exact != exact.to_integral_value():
            raise ValueError(f"{amount} is not an amount with at most two decimals")
        return cls(int(exact), currency)


def round_half_up(amount: Decimal) -> int:
    """The nearest whole number, halves away from zero: the one rounding there is."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum, which is zero in `currency` where there is nothing to add."""
    whole = Money(0, currency)
    for amount in amounts:
        whole += amount
    return whole
