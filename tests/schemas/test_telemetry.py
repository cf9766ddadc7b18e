import re

from schemas.telemetry import LOG_EVENTS, METRICS


def test_log_events_when_named_are_noun_past_verb():
    assert len(set(LOG_EVENTS)) == len(LOG_EVENTS)
    irregular = {"lost", "sent", "taken", "unreachable", "written"}
    for name in LOG_EVENTS:
        assert re.fullmatch(r"[a-z_]+\.[a-z]+", name)
        verb = name.split(".")[1]
        assert verb.endswith("ed") or verb in irregular, name


def test_metrics_when_named_have_prefix_and_unit():
    assert len(set(METRICS)) == len(METRICS)
    units = ("_total", "_seconds", "_records", "_bytes", "_entries", "_info", "_seq")
    gauges = {
        "highwater_accounts",
        "highwater_accounts_unpriced",
        "highwater_frames_waiting",
        "highwater_lease_held",
    }
    for name in METRICS:
        assert re.fullmatch(r"highwater_[a-z_]+", name)
        assert name.endswith(units) or name in gauges, name
