"""The demo, from beginning to end."""

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from rich.console import Console

from flows.demo import check, world
from flows.demo.chain import FLOWS, Chain
from flows.demo.feed import Feed, InputFiles
from flows.demo.stage import Stage, set_stage
from flows.demo.view import Moment, View, make_view
from flows.demo.watch import Latency, Watch
from flows.engines import DEFAULT_ENGINE, EngineKind
from flows.explain.words import breach_in_words, telling
from flows.failures import EXIT_CHECK_FAILED, EXIT_DONE
from flows.logging import configure_logging
from flows.options import FlowSettings, load_settings
from flows.topics import ensure_topics
from schemas.instants import SECOND, instant_text
from schemas.topics import BREACHES

PROGRESS = "every"
KEY_GROUPS = 2
_LOOK_S = 0.01
_RATE_S = 3.0
_SETTLE_S = 30.0


class Options(NamedTuple):
    """What the user asked for."""

    accounts: int
    seed: int
    minutes: float
    speed: float
    ticks: Path | None
    data_dir: Path | None
    engine: EngineKind = DEFAULT_ENGINE


class _End(NamedTuple):
    """How it went: the books, how fast breaches were decided, and one to tell about."""

    checks: list[check.Check]
    latency: Latency | None
    story: dict[str, Any] | None


class _Clock:
    """Holds the feed back to the pace of the show, and keeps the view alive meanwhile."""

    def __init__(self, view: View, watch: Watch, feed: Feed, pace: float, chain: Chain) -> None:
        self._view, self._watch, self._feed, self._chain = view, watch, feed, chain
        self._pace = pace  # market nanoseconds a second
        self._began = time.monotonic()
        self._first_ts = 0
        self._ts = 0
        self._rates: deque[tuple[float, int]] = deque([(self._began, 0)])
        self.part = "playing"

    def wait(self, ts: int) -> None:
        """Return when the market's time `ts` has come."""
        self._first_ts = self._first_ts or ts
        self._ts = ts
        due = self._began + (ts - self._first_ts) / self._pace
        while (left := due - time.monotonic()) > 0:
            self.look()
            time.sleep(min(left, _LOOK_S))

    def settle(self, opened: int) -> None:
        """Let the accounts that open together be taken in, then begin the show in earnest."""
        deadline = time.monotonic() + _SETTLE_S
        while self._watch.counts["state"] < opened and time.monotonic() < deadline:
            self._watch.look()
            self.look()
            time.sleep(_LOOK_S)
        self._first_ts = 0
        self._began = time.monotonic()

    def look(self) -> None:
        """Show where things stand, and that everybody is there."""
        if self.part == "playing":
            self._chain.check()
        now = time.monotonic()
        self._rates.append((now, self._feed.ticks))
        while now - self._rates[0][0] > _RATE_S:
            self._rates.popleft()
        then, ticks = self._rates[0]
        rate = (self._feed.ticks - ticks) / max(now - then, 1e-3)
        at = instant_text(self._ts // SECOND * SECOND) if self._ts else ""
        moment = Moment(self.part, now - self._began, self._feed.ticks, self._feed.events, rate, at)
        self._view.show(moment, self._watch)

    def finish(self, part: str) -> "_Clock":
        """Go on to another part of the show."""
        self.part = part
        self.look()
        return self


def run_demo(options: Options, console: Console) -> int:
    """Play it; return the exit code."""
    began = time.monotonic()
    configure_logging("warning")
    if options.ticks is None:
        play = world.synthetic(options.seed, options.accounts, options.minutes)
    else:
        play = world.recorded(options.ticks, options.seed, options.accounts, options.minutes)
    dsn = load_settings().database_dsn
    with set_stage(options.data_dir, dsn) as stage:
        files = InputFiles.write(stage.files, play.world.instruments)
        end = _perform(options, play, stage, files, console)
        for line in _summary(end, time.monotonic() - began):
            console.print(line, highlight=False, soft_wrap=True, markup=False)
    for line in _next_steps(stage, files, end.story):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    return EXIT_DONE if all(one.holds for one in end.checks) else EXIT_CHECK_FAILED


def _perform(
    options: Options, play: world.Play, stage: Stage, files: InputFiles, console: Console
) -> _End:
    settings = FlowSettings(log=stage.log_url)
    with ExitStack() as stack:
        log = stack.enter_context(closing(settings.open_log()))
        ensure_topics(log, 1)
        watch = Watch(log, stack)
        feed = Feed(log, play.world.instruments, files, stack)
        chain = stack.enter_context(closing(_chain(options, stage, files)))
        console.print(f"Data are below {stage.folder}", highlight=False, soft_wrap=True)
        chain.await_start(lambda: None)
        view = stack.enter_context(closing(make_view(console)))
        pace = play.world.pace * options.speed * SECOND
        clock = _Clock(view, watch, feed, pace, chain)
        for number, batch in enumerate(play.batches()):
            feed.play(batch, clock.wait)
            if number == 0:
                clock.settle(sum(event["type"] == "account.opened" for _, event in batch.events))
        feed.flush()
        for name in FLOWS:
            chain.drain(name, clock.finish(f"draining {name}").look)
        replayed = check.replay(files, stage.files, PROGRESS, clock.finish("replaying").look)
        clock.finish("checking")
        watch.look()
        known = check.journaled(log)
        checks = [
            *check.check_inputs(feed.ticks + feed.events, known, log),
            *check.check_replay(log, *replayed),
            *check.check_database(log, stage.dsn, replayed[0]),
        ]
        story = telling([orjson.loads(value) for value in check.values(log, BREACHES)])
    return _End(checks, watch.latency, story)


def _chain(options: Options, stage: Stage, files: InputFiles) -> Chain:
    environment = {
        "HIGHWATER_LOG": stage.log_url,
        "HIGHWATER_DATABASE_URL": stage.dsn,
        "HIGHWATER_TOPIC_PREFIX": "",
        "HIGHWATER_DEAD_LETTER_SHARE_MAX": "100",  # a recording may be as bad as it is
    }
    listed = [f"--instruments={files.instruments}", f"--rulesets={files.rulesets}"]
    risk = [f"--key-groups={KEY_GROUPS}", f"--progress={PROGRESS}", f"--engine={options.engine}"]
    # Its days are over: the wall clock must not end its sessions.
    sequence = [*listed, "--clock-ms=0"]
    return Chain(stage.folder / "logs", environment, {"sequence": sequence, "risk": risk})


def _summary(end: _End, seconds: float) -> Iterator[str]:
    yield ""
    yield f"Done in {seconds:.0f} s. The books:"
    for one in end.checks:
        yield f"  {'ok' if one.holds else 'NOT EQUAL':<10}{one.name:<10}{one.sides}"
    if end.latency is not None:
        p50, p99, worst = end.latency
        yield (
            f"  breaches were decided {p50} ms (p50), {p99} ms (p99) and {worst} ms (worst) after "
            "their tick came in"
        )
    if end.story is not None:
        yield ""
        yield from breach_in_words(end.story)


def _next_steps(stage: Stage, files: InputFiles, story: dict[str, Any] | None) -> Iterator[str]:
    arguments = " ".join(check.replay_command(files, PROGRESS))
    yield ""
    yield "What to try next:"
    yield f"  {_program()} {arguments} --out again.jsonl"
    yield f"  cmp again.jsonl {stage.files / 'decisions.jsonl'}"
    if story is not None:
        yield f"  {_program()} explain {story['decision_id']} --log {stage.log_url}"
    yield f"  {_program()} serve --demo {stage.folder}"
    if not stage.embedded:
        yield '  psql "$HIGHWATER_DATABASE_URL" -c "SELECT * FROM highwater.breaches LIMIT 5"'
    yield f"  rm -r {stage.folder}"


# As it can be typed from here, whether or not its environment is activated.
def _program() -> Path:
    program, here = Path(sys.executable).with_name("highwater"), Path.cwd()
    return program.relative_to(here) if program.is_relative_to(here) else program
