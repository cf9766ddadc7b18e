"""The command line as such: bad usage ends in one line on stderr and exit code 2."""

import sys
from importlib.metadata import version

import pytest

from flows.cli import COMMANDS, main


def call(capsys, monkeypatch, *arguments):
    """Run the command line in this process; return exit code, stdout and lines on stderr."""
    monkeypatch.setattr(sys, "argv", ["highwater", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return ended.value.code or 0, said.out, said.err.splitlines()


MISUSES = {
    "nothing": ([], "missing command; see `highwater --help`"),
    "unknown command": (["bogus"], "no such command 'bogus'; see `highwater --help`"),
    "no command of a group": (["run"], "missing command; see `highwater run --help`"),
    "option missing": (["replay"], "missing option '--instruments'; see `highwater replay --help`"),
    "unknown option": (["db", "version", "--x"], "no such option: --x; see `highwater db version"),
    "value missing": (["replay", "--ticks"], "option '--ticks' requires an argument; see"),
    "argument missing": (["cases"], "missing argument 'file'; see `highwater cases --help`"),
    "too much": (["cases", "a", "b"], "got unexpected extra argument(s) (b); see"),
    "no such folder": (["bases", "list", "nowhere"], "nowhere: no such directory"),
    "no choice": (
        ["replay", "--instruments=i", "--rulesets=r", "--engine=slow"],
        "invalid value for '--engine': 'slow' is not one of 'fast', 'reference'; see",
    ),
    "out of range": (
        ["replay", "--instruments=i", "--rulesets=r", "--workers=0"],
        "invalid value for '--workers': ",
    ),
}


@pytest.mark.parametrize(("arguments", "words"), MISUSES.values(), ids=list(MISUSES))
def test_command_line_when_misused_says_so_in_one_line(arguments, words, capsys, monkeypatch):
    code, out, (line,) = call(capsys, monkeypatch, *arguments)
    assert (code, out) == (2, "")
    assert line.startswith(f"highwater: {words}")


def test_command_line_when_asked_for_help_lists_every_command(capsys, monkeypatch):
    code, out, errors = call(capsys, monkeypatch, "--help")
    assert (code, errors) == (0, [])
    assert all(name in out for name in COMMANDS)


def test_command_line_when_asked_for_its_version_says_it(capsys, monkeypatch):
    code, out, errors = call(capsys, monkeypatch, "--version")
    assert (code, out, errors) == (0, f"highwater {version('highwater')}\n", [])


def test_command_line_when_a_command_ends_well_exits_with_zero(capsys, monkeypatch):
    code, out, errors = call(capsys, monkeypatch, "db", "version")
    assert (code, errors) == (0, [])
    assert out.strip()
