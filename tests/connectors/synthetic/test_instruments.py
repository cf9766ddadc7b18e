from collections import Counter

from connectors.synthetic.instruments import LISTINGS, mappings
from connectors.synthetic.plans import PLANS
from schemas.instruments import InstrumentTable

TABLE = InstrumentTable.parse(mappings())


def test_mappings_when_parsed_are_forty_valid_instruments():
    assert len(TABLE) == 40
    assert [one.symbol for one in TABLE] == [one.symbol for one in LISTINGS]


def test_mappings_hold_every_kind_the_demo_promises():
    groups = Counter(one.group for one in LISTINGS)
    assert groups.keys() == {"fx", "metal", "index", "coin", "stable"}
    assert [one.symbol for one in TABLE if one.kind == "inverse"] == ["BTCUSD-INV"]
    assert TABLE["BTCUSD-INV"].pnl_currency == "BTC"
    assert {one.quote for one in TABLE} >= {"USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD"}


def test_conversions_when_the_account_is_in_usd_reach_every_instrument():
    assert all(one.has_rate_path("USD") for one in TABLE)


def test_conversions_name_a_symbol_that_prices_the_pair_the_right_way_round():
    """A conversion by a symbol multiplies from its base to its quote and divides the other way."""
    for one in TABLE:
        for path, conversion in one.conversions():
            account = path.removeprefix("conversion").lstrip(".") or "USD"
            through = TABLE[conversion.symbol]
            ends = (through.base, through.quote)
            expected = (one.pnl_currency, account)
            assert ends == (expected if conversion.op == "multiply" else expected[::-1]), one.symbol


def test_crosses_at_the_start_are_worth_their_majors():
    points = {one.symbol: one.start_points / 10**one.price_digits for one in LISTINGS}
    for cross, first, second in (("EURGBP", "EURUSD", "GBPUSD"), ("AUDNZD", "AUDUSD", "NZDUSD")):
        ratio = points[first] / points[second]
        assert abs(points[cross] / ratio - 1) < 1e-4
    assert abs(points["EURJPY"] / (points["EURUSD"] * points["USDJPY"]) - 1) < 1e-4


def test_usual_moves_are_of_a_sensible_size():
    for one in LISTINGS:
        usual = 0.0 if one.group == "stable" else 0.001
        assert usual <= one.day_move < 0.08, one.symbol
        assert one.spread < one.start_points * 0.01


def test_plans_when_summed_are_all_accounts():
    assert abs(sum(plan.share for plan in PLANS) - 1) < 1e-9
    for plan in PLANS:
        assert abs(sum(share for _, _, share in plan.phases) - 1) < 1e-9
