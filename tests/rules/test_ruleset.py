"""Contract 1.4: what a ruleset accepts, what it is called, and an account's overrides of it."""

import hashlib

import pytest
import rfc8785

from rules.ruleset import load_ruleset
from schemas.errors import InputError
from schemas.events import parse_event
from tests.rules.kit import Journal
from tests.rules.samples import consistency, daily, drawdown, ruleset, target, trading_days

FULL = ruleset(
    daily(pct="0.05", warn_at=["0.8"]),
    drawdown("trail_equity", amount="3000", lock_offset="0", comparator="lte"),
    goals=[target(), trading_days(4), consistency("0.4")],
    ref="demo@3",
)


def test_ruleset_when_loaded_is_named_and_hashed_by_its_content():
    loaded = load_ruleset(FULL)
    assert (loaded.ref, loaded.currency) == ("demo@3", "USD")
    assert loaded.hash == hashlib.sha256(rfc8785.dumps(FULL)).hexdigest()


def test_hash_when_a_number_is_written_differently_is_the_same():
    shorter = ruleset(daily(pct="0.05"))
    assert load_ruleset(ruleset(daily(pct="0.050"))).hash == load_ruleset(shorter).hash
    assert load_ruleset(ruleset(daily(pct="0.051"))).hash != load_ruleset(shorter).hash


def changed(path, value):
    """The full ruleset with one field changed; `...` removes it."""
    document = {**FULL, "phases": [{**FULL["phases"][0]}]}
    document["phases"][0]["rules"] = [dict(rule) for rule in FULL["phases"][0]["rules"]]
    document["phases"][0]["goals"] = [dict(goal) for goal in FULL["phases"][0]["goals"]]
    *way, last = path.split(".")
    place = document
    for step in way:
        place = place[int(step)] if step.isdecimal() else place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("ruleset", ..., None),
        ("version", "0", None),
        ("version", "1.5", None),
        ("colour", "blue", None),
        ("currency", ..., None),
        ("session", {"timezone": "Europe/Prague"}, "session.reset"),
        ("session", {"timezone": "Europe/Atlantis", "reset": "00:00"}, "session.timezone"),
        ("session", {"timezone": "UTC", "reset": "24:00"}, "session.reset"),
        ("phases", [], None),
        ("phases.0.name", ..., None),
        ("phases.0.rules", ..., None),
        ("phases.0.on_pass", "verification", None),
        ("phases.0.funded", "yes", None),
        ("phases.0.flat", True, None),
        ("phases.0.rules.0.family", "yearly_loss", None),
        ("phases.0.rules.0.family", "profit_target", None),
        ("phases.0.rules.0.family", ..., None),
        ("phases.0.rules.0.id", ..., None),
        ("phases.0.rules.0.id", "a b", None),
        ("phases.0.rules.0.id", "kyc_gate", None),
        ("phases.0.rules.1.id", "daily", None),
        ("phases.0.rules.0.pct", "five", None),
        ("phases.0.rules.0.prc", "0.05", None),
        ("phases.0.rules.0.pct", ..., None),
        ("phases.0.rules.0.warn_at", ["0.8", "2"], "phases.0.rules.0.warn_at.1"),
        ("phases.0.rules.1.mode", "payout_trailing", None),
        ("phases.0.rules.1.reset_tz", "CEST5", None),
        ("phases.0.rules.0.warn_at", ["0.8", "0.80"], None),
        ("phases.0.rules.0.pct_base", "hwm", None),
        ("phases.0.rules.1.pct_base", "initial", None),
        ("phases.0.rules.1.lock_trigger_profit", "5", None),
        ("phases.0.rules.1.mode", "lock_on_profit", "phases.0.rules.1.lock_trigger_profit"),
        ("phases.0.goals.0.family", "daily_loss", None),
        ("phases.0.goals.0.id", "daily", None),
        ("phases.0.goals.0.amount", "5", "phases.0.goals.0.pct"),
        ("phases.0.goals.1.min_days", ..., None),
        ("phases.0.goals.2.scope", "week", None),
        ("phases.0.goals.2.max_share", "0", None),
        ("phases.0.goals.2.comparator", "gt", None),
    ],
)
def test_ruleset_when_a_field_is_wrong_names_its_path(path, value, named):
    with pytest.raises(InputError) as caught:
        load_ruleset(changed(path, value))
    assert caught.value.code in {"bad_value", "over_precise"}
    assert caught.value.path == (named or path)


def publish(journal, document):
    return journal.event("ruleset.published", document=document)


def test_version_when_published_is_there_for_openings_after_it(engine):
    journal = Journal().open("early", plan="demo@3")
    publish(journal, FULL).open("late", plan="demo@3")
    run = journal.run(engine)
    assert run.codes == ["unknown_ruleset ruleset"]
    assert {made["account_id"] for made in run.decisions} == {"late"}


def test_version_when_published_again_with_the_same_content_is_accepted(engine):
    journal = publish(Journal(FULL), FULL).open("a", plan="demo@3")
    run = journal.run(engine)
    assert run.codes == []
    assert run.decisions[0]["seq"] == 2


def test_version_when_published_with_other_content_is_refused(engine):
    journal = publish(Journal(FULL), changed("phases.0.rules.0.pct", "0.06"))
    run = journal.open("a", plan="demo@3").run(engine)
    assert run.codes == ["bad_value document.version"]
    assert run.decisions[0]["seq"] == 1
    assert run.rule("daily")["floor"] == "9500"
    assert run.decisions[0]["ruleset_hash"] == load_ruleset(FULL).hash


def test_version_when_published_without_sense_is_refused_with_its_path(engine):
    journal = publish(Journal(), changed("phases.0.rules.0.reference", "close"))
    run = journal.run(engine)
    assert run.codes == ["bad_value document.phases.0.rules.0.reference"]
    assert run.decisions == []


def test_version_when_given_twice_with_other_content_stops_the_start(engine):
    with pytest.raises(InputError, match="other content"):
        Journal(FULL, changed("currency", "EUR")).run(engine)


@pytest.mark.parametrize(
    ("overrides", "floors", "target_needed"),
    [
        ({}, ["9500", "7000"], "800"),
        ({"daily": {"pct": "0.03"}}, ["9700", "7000"], "800"),
        ({"daily": {"amount": "123"}}, ["9877", "7000"], "800"),  # in place of the share
        ({"max": {"pct": "0.2"}}, ["9500", "8000"], "800"),  # in place of the amount
        ({"max": {"lock_offset": "-5000"}}, ["9500", "5000"], "800"),
        ({"target": {"amount": "1"}}, ["9500", "7000"], "1"),
        ({"target": {"pct": "0.01"}, "daily": {"pct": "0.01"}}, ["9900", "7000"], "100"),
        ({"daily": {}}, ["9500", "7000"], "800"),
    ],
)
def test_overrides_when_given_at_opening_replace_parameters(
    engine, overrides, floors, target_needed
):
    run = Journal(FULL).open("a", plan="demo@3", overrides=overrides).run(engine)
    assert [rule["floor"] for rule in run.progress()["rules"]] == floors
    assert run.goal("target")["needed"] == target_needed


def test_overrides_when_a_shared_limit_had_a_base_drop_it_with_the_share(engine):
    document = ruleset(daily(pct="0.05", pct_base="reference"))
    run = Journal(document).open("a", overrides={"daily": {"amount": "400"}}).run(engine)
    assert run.rule("daily")["floor"] == "9600"


def test_overrides_when_given_concern_one_account_only(engine):
    journal = Journal(FULL).open("a", plan="demo@3", overrides={"daily": {"pct": "0.01"}})
    run = journal.open("b", plan="demo@3").run(engine)
    assert [run.rule("daily", account)["floor"] for account in "ab"] == ["9900", "9500"]


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"weekly": {"pct": "0.03"}}, "bad_value overrides.weekly"),
        ({"weekly": {}}, "bad_value overrides.weekly"),
        ({"daily": {"percent": "0.03"}}, "bad_value overrides.daily.percent"),
        ({"daily": {"pct": "-1"}}, "bad_value overrides.daily.pct"),
        ({"daily": {"pct": "0.1", "amount": "5"}}, "bad_value overrides.daily.pct"),
        ({"daily": {"id": "other"}}, "bad_value overrides.daily.id"),
        ({"daily": {"family": "max_drawdown"}}, "bad_value overrides.daily.family"),
        ({"daily": {"reset_tz": "Nowhere/City"}}, "bad_value overrides.daily.reset_tz"),
        ({"daily": {"reset_time": "25:00"}}, "bad_value overrides.daily.reset_time"),
        ({"max": {"pct_base": "hwm"}}, "bad_value overrides.max.pct_base"),
        ({"days": {"min_days": "-1"}}, "bad_value overrides.days.min_days"),
        ({"kyc_gate": {"action": "notify"}}, "bad_value overrides.kyc_gate"),
    ],
)
def test_overrides_when_unknown_or_wrong_make_the_opening_bad_input(engine, overrides, code):
    run = Journal(FULL).open("a", plan="demo@3", overrides=overrides).run(engine)
    assert run.codes == [code]
    assert run.decisions == []


def test_overrides_when_they_name_a_session_of_their_own_follow_it(engine):
    overrides = {"daily": {"reset_time": "17:00"}}
    run = Journal(FULL).open("a", plan="demo@3", overrides=overrides)
    boundaries = run.clock(at="2024-03-05T17:00:00Z").run(engine).of("progress")
    assert [made["ts"] for made in boundaries][1] == "2024-03-05T17:00:00Z"


def test_events_when_written_by_the_kit_are_what_a_publisher_sends():
    """The kit must not pass what the door would refuse."""
    for entry in publish(Journal(FULL), FULL).open("a").entries:
        assert parse_event(entry.what).ts == entry.ts


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"plan": "demo@4"}, "unknown_ruleset ruleset"),
        ({"plan": "other@3"}, "unknown_ruleset ruleset"),
        ({"phase": "funded"}, "unknown_phase phase"),
        ({"currency": "EUR"}, "currency_mismatch currency"),
        ({"phase": "evaluation", "currency": "USD"}, None),
    ],
)
def test_opening_when_it_asks_for_what_the_ruleset_has_not_is_refused(engine, fields, code):
    run = Journal(FULL).open("a", **{"plan": "demo@3", **fields}).run(engine)
    assert run.codes == ([] if code is None else [code])
    assert bool(run.decisions) == (code is None)


def test_opening_when_no_phase_is_named_takes_the_first(engine):
    document = ruleset(daily(amount="1"))
    document["phases"].append({"name": "funded", "funded": True, "rules": [daily(amount="2")]})
    journal = Journal(document).open("a").open("b", phase="funded")
    run = journal.run(engine)
    assert [run.progress(account)["phase"] for account in "ab"] == ["evaluation", "funded"]
    assert [run.rule("daily", account)["floor"] for account in "ab"] == ["9999", "9998"]
    assert [run.progress(account)["state"] for account in "ab"] == ["active", "awaiting_kyc"]
