"""The pages about rules: every family and parameter is there, every worked example is so."""

import re
from decimal import Decimal
from typing import Any

import pytest

from rules.catalog import CONDUCT, FLOORS, GOALS
from rules.conduct.common import LevelParams
from rules.floors.common import FloorParams
from rules.params import Params
from schemas import yaml_text
from tests.docs.desk import PRICE, Desk, at, number
from tests.docs.pages import ROOT, Table, blocks, names_in, tables

INDEX = "docs/rules/README.md"
FAMILIES: dict[str, type[Params]] = {
    name: family.params for name, family in {**FLOORS, **CONDUCT, **GOALS}.items()
}
PAGES = {family: f"docs/rules/{family.replace('_', '-')}.md" for family in FAMILIES}
STEPS = ("Time (UTC)", "What happens", "Balance", "Equity")
WORKED = [
    pytest.param(page, table, id=f"{page.removeprefix('docs/rules/')}:{table.line}")
    for page in PAGES.values()
    for table in tables(page, *STEPS)
    if blocks(page, "yaml") and {"Floor", "Value"} & set(table.header)
]
PAYMENT = re.compile(r"(payout|withdrawal|deposit|bonus|fee) of ([0-9.,]+)")


def ruleset(page: str) -> dict[str, Any]:
    (example,) = blocks(page, "yaml")
    return dict(yaml_text.load(example.text).data)


def one_rule(**parameters: Any) -> dict[str, Any]:
    phase = {"name": "evaluation", "rules": [parameters]}
    return {
        "ruleset": "example",
        "version": "1",
        "currency": "USD",
        "session": {"timezone": "Europe/Prague", "reset": "00:00"},
        "phases": [phase],
    }


def step(desk: Desk, row: dict[str, str]) -> None:
    """Do what a row of a worked example says."""
    ts, what = at(row["Time (UTC)"]), row["What happens"]
    balance, equity = number(row["Balance"]), number(row["Equity"])
    if what == "opened":
        desk.open(ts, balance)
    elif what == "boundary":
        desk.clock(ts)
    elif payment := PAYMENT.match(what):
        desk.adjust(ts, payment[1], payment[2].replace(",", ""))
    else:
        desk.mark(ts, balance, equity)
    shown = desk.progress
    assert (Decimal(shown["balance"]), Decimal(shown["equity"])) == (balance, equity), row


def outcome(desk: Desk) -> str:
    """Say in the words of the tables what the last step decided."""
    said = []
    for made in desk.last:
        if made["type"] == "warning":
            said.append(f"warning {made['level']}")
        elif made["type"] == "breach":
            said.append({"hard": "breach"}.get(made["breach_kind"], made["breach_kind"]))
        elif made["type"] == "phase.passed":
            said.append("passed")
    return ", ".join(said) or "–"


def play(desk: Desk, table: Table) -> None:
    for row in table.rows:
        step(desk, row)
        if "Floor" in row:
            assert Decimal(desk.progress["rules"][0]["floor"]) == number(row["Floor"]), row
        if "Value" in row:
            value = desk.progress["goals"][0]["value"]
            wanted = row["Value"]
            assert wanted == "undefined" if value is None else Decimal(value) == number(wanted), row
        assert outcome(desk) == row["Outcome"], row


def common_to(family: str) -> type[Params]:
    if family in CONDUCT:
        return LevelParams
    return FloorParams if family in FLOORS else Params


def test_index_when_read_lists_every_family_and_links_its_page():
    listed = [names_in(row["Family"])[0] for row in tables(INDEX, "Family", "Kind")[0].rows]
    assert listed == list(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_family_when_documented_has_its_parameters_with_their_defaults(family):
    common = set(common_to(family).model_fields)
    common -= {"pct", "amount"}  # each page says of what
    rows = [row for table in tables(PAGES[family], "Parameter", "Default") for row in table.rows]
    stated = {names_in(row["Parameter"])[0]: row["Default"] for row in rows}
    fields = FAMILIES[family].model_fields
    assert stated.keys() == fields.keys() - common
    for name, default in stated.items():
        field = fields[name]
        if field.is_required():
            assert default == "required", name
        elif field.default is None:
            assert default in ("–", "none"), name
        else:
            assert names_in(default) == written(field.default), name


def written(default: object) -> list[str]:
    """Write a default as a ruleset has it: a list by its entries."""
    if isinstance(default, tuple):
        return list(default)
    return [str(default).lower() if isinstance(default, bool) else str(default)]


def test_common_parameters_when_documented_are_all_there_with_their_defaults():
    (table,) = tables(INDEX, "Parameter", "Default")
    stated = {names_in(row["Parameter"])[0]: row["Default"] for row in table.rows}
    fields = FloorParams.model_fields
    assert stated.keys() == fields.keys() - {"pct", "amount"}
    for name in ("metric", "comparator", "breach_kind"):
        assert names_in(stated[name]) == [fields[name].default]
    # What a missing choice comes to.
    own = FloorParams(id="x", family="x", amount="1")
    assert ", ".join(own.actions) in tables(INDEX, "Parameter", "Default")[0].rows[-1]["Meaning"]


def test_conduct_parameters_when_documented_are_all_there_with_their_defaults():
    (table,) = tables(INDEX, "Parameter of conduct rules", "Default")
    stated = {names_in(row["Parameter of conduct rules"])[0]: row["Default"] for row in table.rows}
    (loss,) = tables(INDEX, "Parameter", "Default")
    as_for_loss = {names_in(row["Parameter"])[0] for row in loss.rows} - {"metric", "comparator"}
    assert stated.keys() == LevelParams.model_fields.keys() - as_for_loss
    assert names_in(stated["comparator"]) == [LevelParams.model_fields["comparator"].default]


@pytest.mark.parametrize("family", FAMILIES)
def test_code_when_named_on_a_page_is_there(family):
    (named,) = re.findall(r"^Code: `(.+)`\.$", (ROOT / PAGES[family]).read_text(), re.MULTILINE)
    assert (ROOT / named).is_file()


@pytest.mark.parametrize(("page", "table"), WORKED)
def test_worked_example_when_run_is_what_the_page_says(page, table):
    play(Desk(ruleset(page)), table)


def test_worked_examples_when_counted_are_of_every_family_that_steps_can_show():
    shown = {page for page, _ in (param.values for param in WORKED)}
    wanted = {page for family, page in PAGES.items() if family not in CONDUCT}
    assert shown == wanted - {PAGES["trading_days"]}


def test_daily_loss_references_when_rebased_give_the_floors_of_the_table():
    (table,) = tables(PAGES["daily_loss"], "`reference`", "Allowance")
    for row in table.rows:
        name, value = re.fullmatch(r"`(\w+)` ([0-9.]+)", row["Allowance"]).groups()
        base = names_in(row["`pct_base`"])
        chosen = {"pct_base": base[0]} if base else {}
        for equity in (107_000, 103_000):
            desk = Desk(
                one_rule(
                    id="daily",
                    family="daily_loss",
                    reference=names_in(row["`reference`"])[0],
                    **{name: value},
                    **chosen,
                )
            )
            desk.open("2024-03-04T08:00:00Z", Decimal(100_000))
            desk.mark("2024-03-04T09:00:00Z", Decimal(105_000), Decimal(equity))
            desk.clock("2024-03-04T23:00:00Z")
            floor = Decimal(desk.progress["rules"][0]["floor"])
            assert floor == number(row[f"Floor at equity {equity:,}"]), row


def test_trailing_share_of_the_mark_when_it_rises_gives_the_floors_of_the_table():
    (table,) = tables(PAGES["max_drawdown"], *STEPS, "Floor of 6 % of the mark")
    rule = {"id": "max", "family": "max_drawdown", "mode": "trail_closed_balance"}
    desk = Desk(one_rule(**rule, pct="0.06", pct_base="hwm", lock_offset="0"))
    for row in table.rows:
        step(desk, row)
        floor = Decimal(desk.progress["rules"][0]["floor"])
        assert floor == number(row["Floor of 6 % of the mark"]), row


def test_payout_effects_when_paid_out_give_the_rooms_of_the_table():
    (table,) = tables(PAGES["max_drawdown"], "Floor before", "Floor after")
    (all_effects,) = tables(PAGES["max_drawdown"], "`payout_effect`", "Floor and high-water mark")
    assert [row["`payout_effect`"] for row in table.rows] == [
        row["`payout_effect`"] for row in all_effects.rows
    ]
    for row in table.rows:
        (effect,) = names_in(row["`payout_effect`"])
        rule = {"id": "max", "family": "max_drawdown", "mode": "trail_closed_balance"}
        desk = Desk(one_rule(**rule, amount="6000", lock_offset="0", payout_effect=effect))
        desk.open("2024-03-04T08:00:00Z", Decimal(100_000))
        desk.mark("2024-03-04T09:00:00Z", Decimal(104_000), Decimal(104_000))
        before = desk.progress["rules"][0]["floor"]
        desk.adjust("2024-03-04T10:00:00Z", "payout", "2000", share="1600")
        after = desk.progress["rules"][0]
        found = [Decimal(value) for value in (before, after["floor"], after["room"])]
        wanted = [number(row[name]) for name in ("Floor before", "Floor after", "Room after")]
        assert found == wanted, row


def test_trading_days_when_a_week_is_counted_are_those_of_the_table():
    (table,) = tables(PAGES["trading_days"], "Monday", "Days")
    thresholds = {
        "qualified_trade": {"min_notional_pct": "0.05", "min_result_pct": "0.01"},
        "day_change": {"min_change_pct": "0.005"},
    }
    for row in table.rows:
        (counts,) = names_in(row["`counts`"])
        document = one_rule(id="unused", family="daily_loss", amount="90000")
        goal = {"id": "days", "family": "trading_days", "min_days": "9", "counts": counts}
        document["phases"][0]["goals"] = [goal | thresholds.get(counts, {})]
        found = list(week(Desk(document)))
        days = [1 if row[day] == "yes" else 0 for day in list(row)[1:6]]
        assert found == days, row
        assert sum(days) == int(row["Days"]), row


def week(desk):
    """Trade the week of the page; yield how many days each day added."""
    desk.open("2024-03-04T08:00:00Z", Decimal(100_000))
    before = 0
    for day in range(4, 9):
        morning, noon = f"2024-03-0{day}T09:00:00Z", f"2024-03-0{day}T12:00:00Z"
        if day == 4:
            desk.fill(morning, "buy", 1, PRICE)
        elif day == 6:
            desk.fill(noon, "sell", 1, PRICE, realized_pnl="-600")
        elif day in (7, 8):
            result = "150" if day == 7 else "700"
            desk.fill(morning, "buy", 1, Decimal(20_000), realized_pnl="0")
            desk.fill(noon, "sell", 1, PRICE, realized_pnl=result)
        desk.clock(f"2024-03-0{day}T23:00:00Z")
        now = int(desk.progress["goals"][0]["value"])
        yield now - before
        before = now
