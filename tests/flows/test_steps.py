"""Step ids are the names recovery finds state by: renaming one loses state without a word."""

from contextlib import ExitStack

from connectors.log.local import LocalLog
from flows import persist, risk, sequence
from tests.flows import kit


def ids(wired):
    return [step.step_id for step in wired.substeps]


def test_steps_when_flows_are_wired_have_the_names_they_always_had(tmp_path):
    log = LocalLog(tmp_path / "log")
    given = kit.settings(kit.feed(log, tmp_path, accounts=1, minutes=0.05))
    with ExitStack() as stack:
        assert ids(sequence.sequence_flow(log, given, kit.drained(), stack)) == [
            "sequence.inputs",
            "sequence.sequence",
            "sequence.journal",
        ]
        assert ids(risk.risk_flow(log, given, kit.drained(), stack)) == [
            "risk.journal",
            "risk.decide",
            "risk.decisions",
        ]


def test_steps_when_read_from_the_modules_are_constants():
    assert (sequence.FLOW, sequence.INPUTS, sequence.SEQUENCE, sequence.JOURNAL) == (
        "sequence",
        "inputs",
        "sequence",
        "journal",
    )
    assert (risk.FLOW, *risk.STEPS) == ("risk", "journal", "decide", "decisions")
    assert (persist.FLOW, persist.OUTPUTS, persist.KEY, persist.POSTGRES) == (
        "persist",
        "outputs",
        "key",
        "postgres",
    )
