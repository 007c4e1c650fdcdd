"""A limit on what a run may spend, which no number of threads and no restart can exceed.

What a request costs is known only when it is answered. So the most that it can cost is reserved
before it is sent, and what it did not need is given back afterwards.
"""

import math
import threading
from dataclasses import dataclass, field

from bllossom_data.translation.provider import Price, Usage

__all__ = ["Budget", "Reservation", "Spent"]

NANODOLLARS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Spent:
    """What requests have used, and what that cost where the price is known."""

    usage: Usage = field(default_factory=Usage)
    dollars: float = 0.0


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is set aside for one request until it is settled."""

    number: int
    usage: Usage
    price: Price | None


def _nanodollars(usage: Usage, price: Price | None) -> int:
    """Whole numbers, rounded up, so that a million small sums are still exactly their total."""
    # A product such as 0.1 * 3 lies a little above the number it stands for.
    return 0 if price is None else math.ceil(round(price.dollars(usage) * NANODOLLARS, 3))


def _as_given(nanodollars: float) -> str:
    return f"{nanodollars / NANODOLLARS:.9f}".rstrip("0").rstrip(".")


def _dollars(nanodollars: int) -> str:
    """Hundredths of a cent, rounded up, so that what is asked for is enough."""
    return _as_given(math.ceil(nanodollars / 100_000) * 100_000)


class Budget:
    """Limits on money, characters and requests; what is None is not limited.

    Args:
        max_dollars: US dollars; a request whose price nobody knows does not count towards it.
        max_characters: characters sent.
        max_requests: requests sent.
        spent: what earlier runs of the same build have used; it counts.
    """

    def __init__(
        self,
        max_dollars: float | None = None,
        max_characters: int | None = None,
        max_requests: int | None = None,
        spent: Spent | None = None,
    ) -> None:
        already = spent or Spent()
        self._most = (
            math.inf if max_dollars is None else math.floor(max_dollars * NANODOLLARS),
            math.inf if max_characters is None else max_characters,
            math.inf if max_requests is None else max_requests,
        )
        self._spent = already.usage
        self._spent_nanodollars = math.ceil(round(already.dollars * NANODOLLARS, 3))
        self._open: dict[int, Reservation] = {}
        self._numbers = 0
        self._lock = threading.Lock()

    @property
    def spent(self) -> Spent:
        """What has been used so far, without what is only reserved."""
        with self._lock:
            return Spent(self._spent, self._spent_nanodollars / NANODOLLARS)

    def reserve(self, usage: Usage, price: Price | None) -> Reservation | None:
        """Set aside the most that a request can use, before it is sent.

        Args:
            usage: the most that it can use.
            price: what that costs; None where nobody knows.

        Returns:
            What to settle when the request is answered; None if a limit could be exceeded.
        """
        with self._lock:
            amounts = self._with(usage, price)
            if any(amount > most for amount, most in zip(amounts, self._most, strict=True)):
                return None
            wanted = Reservation(self._numbers, usage, price)
            self._numbers += 1
            self._open[wanted.number] = wanted
            return wanted

    def _with(self, usage: Usage, price: Price | None) -> tuple[int, int, int]:
        """Nanodollars, characters and requests, with one more request at its worst."""
        dollars = _nanodollars(usage, price) + self._spent_nanodollars
        dollars += sum(_nanodollars(one.usage, one.price) for one in self._open.values())
        use = sum((one.usage for one in self._open.values()), self._spent + usage)
        return dollars, use.characters, use.requests

    def shortfall(self, usage: Usage, price: Price | None) -> str | None:
        """Which limits a request could exceed, with all amounts and what to set; None if none.

        Args:
            usage: the most that it can use.
            price: what that costs; None where nobody knows.
        """
        with self._lock:
            dollars, characters, requests = self._with(usage, price)
            most_dollars, most_characters, most_requests = self._most
            told = []
            if dollars > most_dollars:
                cost = _nanodollars(usage, price)
                told.append(
                    f"max_dollars = {_as_given(most_dollars)}, of which "
                    f"{_dollars(dollars - cost)} are spent, and it may cost up to "
                    f"{_dollars(cost)}: set max_dollars to at least {_dollars(dollars)} "
                    "for one more request"
                )
            if characters > most_characters:
                told.append(
                    f"max_characters = {most_characters}, of which "
                    f"{characters - usage.characters} are spent, and it has {usage.characters}: "
                    f"set max_characters to at least {characters} for one more request"
                )
            if requests > most_requests:
                told.append(
                    f"max_requests = {most_requests}, of which {requests - usage.requests} are "
                    f"spent: set max_requests to at least {requests} for one more"
                )
            return "; ".join(told) or None

    def take_up(self, usage: Usage, price: Price | None) -> Reservation:
        """Reserve again what an earlier run reserved and counts as spent, so that it counts once.

        Args:
            usage: the most that the request can use, as it was entered into the book.
            price: what that costs; None where nobody knows.
        """
        with self._lock:
            self._spent = Usage(
                self._spent.requests - usage.requests,
                self._spent.characters - usage.characters,
                self._spent.input_tokens - usage.input_tokens,
                self._spent.output_tokens - usage.output_tokens,
            )
            self._spent_nanodollars -= _nanodollars(usage, price)
            reservation = Reservation(self._numbers, usage, price)
            self._numbers += 1
            self._open[reservation.number] = reservation
            return reservation

    def settle(self, reservation: Reservation, actual: Usage) -> None:
        """Count what a request has used, and give back the rest of what was set aside.

        Raises:
            KeyError: the reservation has been settled before.
        """
        with self._lock:
            del self._open[reservation.number]
            self._spent += actual
            self._spent_nanodollars += _nanodollars(actual, reservation.price)
