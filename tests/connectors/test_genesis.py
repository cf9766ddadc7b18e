"""What a journal begins with is read back as it was."""

from connectors.documents import load_instruments, load_rulesets
from connectors.genesis import Genesis
from connectors.synthetic.files import RULESETS
from connectors.synthetic.world import World
from schemas.instruments import InstrumentTable


def test_genesis_when_read_back_is_the_same():
    table = World(1, 1, 0.1).table
    genesis = Genesis(table, tuple(file.ruleset for file in load_rulesets(RULESETS)))
    found = Genesis.parse(dict(genesis.headers()))
    assert list(found.instruments) == list(table)
    assert [one.hash for one in found.rulesets] == [one.hash for one in genesis.rulesets]


def test_genesis_when_empty_is_read_back_as_empty():
    found = Genesis.parse(dict(Genesis.empty().headers()))
    assert (len(found.instruments), found.rulesets) == (0, ())
    assert Genesis.parse({"arrived_ms": b"1"}) is None


def test_genesis_when_an_instrument_uses_every_field_keeps_them(tmp_path):
    path = tmp_path / "instruments.yaml"
    path.write_text(
        "- {symbol: INV, kind: inverse, base: BTC, quote: USD, price_digits: 1, qty_digits: 0,"
        " contract_size: 0.1, mark: last, conversion: {USD: {symbol: INV, op: multiply}}}\n"
    )
    table = load_instruments(path)
    found = Genesis.parse(dict(Genesis(table, ()).headers()))
    assert list(found.instruments) == list(table)
    assert isinstance(found.instruments, InstrumentTable)
