"""Imported by a fresh process: everything from nothing to a first breach."""

from rules.engine.evaluate import FastEngine
from rules.ruleset import load_ruleset
from schemas.events import parse_event
from schemas.frames import FrameBuilder
from schemas.instruments import InstrumentTable

_DIGITS = {"price_digits": "5", "qty_digits": "2", "contract_size": "100000"}
_TABLE = InstrumentTable.parse([{"symbol": "EURUSD", "base": "EUR", "quote": "USD", **_DIGITS}])
_RULE = {"id": "r", "family": "max_drawdown", "mode": "trail_equity", "amount": "1000"}
_RULESET = {
    "ruleset": "r",
    "version": "1",
    "currency": "USD",
    "session": {"timezone": "UTC", "reset": "00:00"},
    "phases": [{"name": "p", "rules": [_RULE]}],
}
_OPENED = {"type": "account.opened", "ruleset": "r@1", "initial_balance": "100000"}
_FILL = {"type": "fill", "fill_id": "f", "symbol": "EURUSD", "side": "buy"}
_EVENTS = [_OPENED, {**_FILL, "qty": "1", "price": "1.1"}]

_engine = FastEngine(_TABLE, [load_ruleset(_RULESET)])
_builder = FrameBuilder(1)
_builder.append_tick(1, 0, 110_000, 110_001)
for _number, _event in enumerate(_EVENTS):
    _raw = {"event_id": str(_number), "account_id": "a", "ts": "2", **_event}
    _builder.append_event(2, parse_event(_raw))
_builder.append_tick(3, 0, 108_000, 108_001)
_kinds = [made.body["type"] for made in _engine.process(_builder.build()).decisions]
assert "breach" in _kinds, _kinds
