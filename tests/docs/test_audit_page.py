"""The pages about proof and dispute are run as they stand there."""

import re

from flows.audit.report import PARTS
from tests.docs.example import run_in_clone
from tests.docs.pages import blocks, read, tables

KEY = re.compile(r"firm\.example/highwater[+ ]\S+")


def without_key(text):
    """Every machine makes a key of its own."""
    return KEY.sub("KEY", text)


def test_audit_page_when_its_commands_are_run_shows_what_they_print(tmp_path):
    make, change, *_ = list(blocks("docs/audit.md", "sh"))
    sound, forged, *_ = list(blocks("docs/audit.md", "text"))
    done = run_in_clone(make.text, tmp_path)
    assert done.returncode == 0, done.stderr
    public, _, said = done.stdout.partition("\n")
    assert KEY.fullmatch(public)
    assert without_key(said) == without_key(sound.text) + "\n"
    done = run_in_clone(change.text, tmp_path)
    assert done.returncode == 0, done.stderr
    assert without_key(done.stdout) == without_key(forged.text) + "\n"


def test_audit_page_when_it_lists_the_parts_of_the_check_lists_all():
    (table,) = tables("docs/audit.md", "Part", "What the check does")
    named = [name.strip() for row in table.rows for name in row["Part"].split(",")]
    assert named == list(PARTS)


def test_explain_page_when_its_command_is_run_begins_as_shown(tmp_path):
    (command,) = blocks("docs/explain.md", "sh")
    (shown,) = blocks("docs/explain.md", "text")
    done = run_in_clone("export COLUMNS=100\n" + command.text, tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert "\n".join(lines).startswith(shown.text)


def test_explain_page_when_it_lists_the_fields_lists_those_there_are():
    from flows.explain.find import in_journal
    from flows.explain.story import tell
    from tests.flows.audit.proofs import example

    found = in_journal(example(), "3a7e7e4d30baeb01a34ef3f92e466931")
    story = tell(found.case, found.verdict, found.recorded) | {"problems": found.problems}
    (table,) = tables("docs/explain.md", "Field of the JSON", "Holds")
    assert {row["Field of the JSON"].strip("`") for row in table.rows} == set(story)
    assert "verify.py" in read("docs/audit.md")
