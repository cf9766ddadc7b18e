"""Instruments: how a symbol is priced, what a quantity of it means, and how its P/L converts."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from schemas.errors import BadValue, InputError, OverPrecise, join_path
from schemas.fields import ContractSize, Currency, Digits, Shape, Symbol, parse_model
from schemas.money import decimals

_PRICES = ("price", "stop_loss", "take_profit")


class Conversion(Shape):
    """How the P/L currency becomes an account's: multiply or divide by the mid of `symbol`."""

    symbol: Symbol
    op: Literal["multiply", "divide"]


# One conversion serves every account currency; a map names the account currency of each.
def _one_or_many(value: Any) -> Any:
    if value is None or isinstance(value, Conversion):
        return value
    if not isinstance(value, dict) or not value:
        raise BadValue("must be {symbol, op}, or a map of them by account currency")
    if value.keys() & {"symbol", "op"}:
        return parse_model(Conversion, value)
    return {
        key: item if isinstance(item, Conversion) else parse_model(Conversion, item, str(key))
        for key, item in value.items()
    }


class Instrument(Shape):
    """One listed symbol.

    Attributes:
        price_digits: decimals allowed in a price (0 to 8), judged by value.
        qty_digits: decimals allowed in a quantity (0 to 8), judged by value.
        contract_size: units per 1.0 of quantity.
        mark: which price marks an open position.
        conversion: how P/L becomes the account currency, for all account currencies or by each.
    """

    symbol: Symbol
    kind: Literal["linear", "inverse"] = "linear"
    base: Currency
    quote: Currency
    price_digits: Digits
    qty_digits: Digits
    contract_size: ContractSize = Decimal(1)
    mark: Literal["bid_ask", "mid", "last"] = "bid_ask"
    conversion: Annotated[
        Conversion | dict[Currency, Conversion] | None, BeforeValidator(_one_or_many)
    ] = None

    @property
    def pnl_currency(self) -> str:
        """The currency P/L arises in: the quote, for an inverse instrument the base."""
        return self.base if self.kind == "inverse" else self.quote

    def conversion_for(self, account_currency: str) -> Conversion | None:
        """Return how P/L becomes `account_currency`; `None` when equal or not known."""
        if account_currency == self.pnl_currency:
            return None
        if isinstance(self.conversion, dict):
            return self.conversion.get(account_currency)
        return self.conversion

    def has_rate_path(self, account_currency: str) -> bool:
        """Tell whether P/L can become `account_currency` at all, given prices."""
        return (
            account_currency == self.pnl_currency
            or self.conversion_for(account_currency) is not None
        )

    def check_decimals(self, event: object) -> None:
        """Refuse an event with more decimals in its quantity or prices than are allowed.

        Raises:
            OverPrecise: with the path of the field.
        """
        limits = {"qty": self.qty_digits, **dict.fromkeys(_PRICES, self.price_digits)}
        for field, allowed in limits.items():
            value = getattr(event, field, None)
            if value is not None and decimals(value) > allowed:
                message = f"{self.symbol} allows {allowed} decimals, was {value}"
                raise OverPrecise(message, field)

    def conversions(self) -> Iterator[tuple[str, Conversion]]:
        """Yield every conversion with its path, such as `conversion.USD`."""
        if isinstance(self.conversion, Conversion):
            yield "conversion", self.conversion
        elif self.conversion is not None:
            for currency, conversion in self.conversion.items():
                yield join_path("conversion", currency), conversion


def parse_instrument(value: object, path: str = "") -> Instrument:
    """Read an instrument from its raw mapping.

    Raises:
        InputError: a field is missing, unknown or bad, with its path under `path`.
    """
    return parse_model(Instrument, value, path)


class InstrumentTable:
    """The listed instruments, numbered from 0 in the order they were listed."""

    def __init__(self, instruments: Iterable[Instrument] = ()) -> None:
        self._listed: list[Instrument] = []
        self.index: dict[str, int] = {}
        self.extend(instruments)

    @classmethod
    def parse(cls, entries: object) -> "InstrumentTable":
        """Read a whole instrument file: a list, each conversion naming a symbol of it.

        Raises:
            InputError: with a path that starts with the place in the list, from 0.
        """
        if not isinstance(entries, list):
            raise BadValue("must be a list of instruments")
        table = cls()
        read = [parse_instrument(entry, str(place)) for place, entry in enumerate(entries)]
        for place, instrument in enumerate(read):
            table._put(instrument, str(place))
        for place, instrument in enumerate(read):
            table._check_conversions(instrument, str(place))
        return table

    def add(self, instrument: Instrument) -> int:
        """List one instrument and return its number; the same content again is fine.

        Raises:
            InputError: `bad_value` at `symbol` when other content is listed under it,
                `unknown_symbol` when its conversion names a symbol that is not listed.
        """
        if self._is_listed(instrument):
            return self.index[instrument.symbol]
        self._check_conversions(instrument)
        return self._put(instrument)

    def extend(self, instruments: Iterable[Instrument]) -> None:
        """List several instruments, whose conversions may name each other.

        Raises:
            InputError: as for `add`.
        """
        added = list(instruments)
        for instrument in added:
            self._put(instrument)
        for instrument in added:
            self._check_conversions(instrument)

    def get(self, symbol: str) -> Instrument | None:
        """Return the instrument of a symbol, `None` when it is not listed."""
        place = self.index.get(symbol)
        return None if place is None else self._listed[place]

    def by_id(self, symbol_id: int) -> Instrument:
        """Return the instrument with a number."""
        return self._listed[symbol_id]

    def copy(self) -> "InstrumentTable":
        """Return an independent table with the same listing."""
        return InstrumentTable(self._listed)

    def __getitem__(self, symbol: str) -> Instrument:
        return self._listed[self.index[symbol]]

    def __contains__(self, symbol: object) -> bool:
        return symbol in self.index

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)

    def _is_listed(self, instrument: Instrument, path: str = "") -> bool:
        known = self.get(instrument.symbol)
        if known is not None and known != instrument:
            msg = f"`{instrument.symbol}` is listed with other content"
            raise BadValue(msg, join_path(path, "symbol"))
        return known is not None

    def _put(self, instrument: Instrument, path: str = "") -> int:
        if not self._is_listed(instrument, path):
            self.index[instrument.symbol] = len(self._listed)
            self._listed.append(instrument)
        return self.index[instrument.symbol]

    def _check_conversions(self, instrument: Instrument, path: str = "") -> None:
        for where, conversion in instrument.conversions():
            if conversion.symbol not in self.index and conversion.symbol != instrument.symbol:
                raise InputError(
                    "unknown_symbol",
                    f"`{conversion.symbol}` is not listed",
                    join_path(path, where, "symbol"),
                )
