"""Thousands of versions live at once: each account keeps its own, and no tick looks for one."""

import pytest

from rules.reference.shelf import Shelf
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import daily, drawdown, ruleset

VERSIONS = 2_000
ACCOUNTS = 40


def version(number, amount="500"):
    return ruleset(
        daily(amount=amount, warn_at=["0.5"]), drawdown(amount="900"), ref=f"plan@{number}"
    )


def story(documents, plan_of):
    """Accounts that buy at 100, and a price that falls until every one has breached."""
    journal = Journal(*documents)
    for number in range(ACCOUNTS):
        journal.open(f"a{number:02d}", plan=plan_of(number)).buy(
            f"a{number:02d}", "UNIT", str(1 + number % 7), "1000"
        )
    for price in range(999, 200, -7):
        journal.tick("UNIT", str(price))
    return journal


def told(run):
    """Decisions without what names the version, which ids and hashes depend on."""
    names = ("ruleset", "ruleset_hash", "evidence", "decision_id")
    return [
        {name: value for name, value in made.items() if name not in names}
        for made in run.decisions
        if made["type"] in {"breach", "warning", "progress"}
    ]


@pytest.fixture(scope="module")
def many():
    documents = [version(number) for number in range(1, VERSIONS + 1)]
    return story(documents, lambda number: f"plan@{1 + number * (VERSIONS // ACCOUNTS)}")


@pytest.mark.parametrize("engine", ENGINES)
def test_decisions_when_versions_are_many_are_those_of_one(many, engine):
    one = story([version(1)], lambda _: "plan@1").run(ENGINES[engine])
    assert told(many.run(ENGINES[engine])) == told(one)
    assert len({made["account_id"] for made in one.decisions if made["type"] == "breach"}) > 30


@pytest.mark.parametrize("engine", ENGINES)
def test_versions_when_looked_up_are_looked_up_at_openings_alone(many, engine, monkeypatch):
    asked = []
    get = Shelf.get
    monkeypatch.setattr(Shelf, "get", lambda shelf, ref: asked.append(ref) or get(shelf, ref))
    many.run(ENGINES[engine])
    assert len(asked) == ACCOUNTS


def test_version_when_another_is_published_later_still_binds_its_accounts():
    journal = Journal(version(1)).open("a", plan="plan@1")
    for number in range(2, 50):
        journal.event("ruleset.published", document=version(number, amount="1"))
    journal.open("b", plan="plan@49").earn("a", "-499").earn("b", "-2")
    run = journal.run(ENGINES["fast"])
    breaches = {made["account_id"]: made["ruleset"] for made in run.of("breach")}
    assert breaches == {"b": "plan@49"}
