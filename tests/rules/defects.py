"""The defects that `tests.rules.mutations` plants in the fast engine, one at a time.

A pattern must occur exactly once in its file: `test_mutations.py` sees to it, so that the list
follows the code. What has no place here: a kernel that stops too often. That costs time and changes
nothing, because where it stops the reference decides.
"""

from typing import NamedTuple


class Mutation(NamedTuple):
    """One defect: `old` becomes `new` in a file of `rules/engine/`."""

    name: str
    file: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        """Return the file with the defect in it."""
        found = text.count(self.old)
        assert found == 1, f"{self.name}: {found} places in {self.file} read {self.old!r}"
        return text.replace(self.old, self.new)


VALUES = [
    Mutation("a short counts as a long", "legs.py", "position.side * position.quantity * 10 ** (",
             "position.quantity * 10 ** ("),
    Mutation("conversion at the bid, not the mid", "value.py",
             "rate = tape.prices[rate_at * 4 + 2]", "rate = tape.prices[rate_at * 4] * 2"),
    Mutation("half rounds up, not to even", "wide.py",
             "(rest == other and (quotient & _ONE) == _ONE)", "rest == other"),
    Mutation("a carry is lost in 128 bits", "wide.py",
             "carry = _ONE if low < np.uint64(a_low) else _ZERO", "carry = _ZERO"),
    Mutation("a narrow leg is taken to be wide enough", "legs.py",
             "if not narrow or largest * up >= _NARROW:", "if not narrow:"),
    Mutation("a tick without a trade takes its bid for one", "tape_kernels.py",
             "tape.prices[at + 3] = tape.prices[np.int64(tape.last_row[s]) * 4 + 3]",
             "tape.prices[at + 3] = bid"),
    Mutation("a moving rate stands still inside a leaf", "walk.py",
             'if leg["kind"] & CONVERTED and leg["rate"] == symbol:', "if False:"),
    Mutation("the mid is the bid", "tape_kernels.py",
             "tape.prices[at + 2] = bid + ask", "tape.prices[at + 2] = 2 * bid"),
]  # fmt: skip

LEVELS = [
    Mutation("touching the stop level is safe", "walk.py", "elif equity <= level:",
             "elif equity < level:"),
    Mutation("touching the level of a new high is safe", "walk.py",
             "if equity <= level:\n                    return",
             "if equity < level:\n                    return"),
    Mutation("lte is taken for lt", "rows.py",
             'level = floor if row["touch"] else floor - 1', "level = floor - 1"),
    Mutation("lte of a single peak rule is taken for lt", "rows.py",
             '(0 if row["touch"] else 1)', "1"),
    Mutation("the lock is ignored", "rows.py",
             'min(high - allowance, row["cap"])', "high - allowance"),
    Mutation("the lock of a single peak rule is ignored", "rows.py",
             'account["cap"] = FAR if row["cap"] == FAR else row["cap"] + extra',
             'account["cap"] = FAR'),
    Mutation("a warning level is one unit too low", "rows.py",
             'level = max(level, floor + row["warn"])',
             'level = max(level, floor + row["warn"] - 1)'),
    Mutation("a percent warning level is one unit too low", "rows.py",
             'level_denominator"]))', 'level_denominator"]) - 1)'),
    Mutation("the maximum starts from the highest mark", "rows.py",
             'high = min(high, row["high"])',
             'high = row["high"] if high == FAR else max(high, row["high"])'),
    Mutation("the lower of balance and equity is not judged by the balance", "rows.py",
             'if row["metric"] & BALANCE and account["balance"] <= at:', "if False:"),
]  # fmt: skip

TREE = [
    Mutation("stale price: a leaf opens with what the tape began with", "tape_kernels.py",
             "tape.opens[leaf_at + s] = tape.last_row[s]", "tape.opens[leaf_at + s] = s"),
    Mutation("a leaf's bounds lack the price carried in", "tape_kernels.py",
             "            low, high = below(price), above(price)\n        before",
             "            low, high = np.float32(np.inf), np.float32(-1.0)\n        before"),
    Mutation("a leaf without ticks lacks the price carried in", "tape_kernels.py",
             "        low, high = below(price), above(price)\n\n\n@inlined\ndef _raise_nodes",
             "        low, high = np.float32(np.inf), np.float32(-1.0)\n\n\n@inlined\n"
             "def _raise_nodes"),
    Mutation("upper nodes miss their last child", "tape_kernels.py",
             "children = last + 1\n", "children = last\n"),
    Mutation("a leaf that grows forgets what it held", "tape_kernels.py",
             "if leaf << bits < span[0]:", "if False:"),
    Mutation("a series first used late knows no earlier ticks", "tape_kernels.py",
             "if tape.symbol[tick] == symbol:", "if False:"),
    Mutation("node prices are rounded inward", "tape_kernels.py",
             "_UP = 1.0 + 2.0**-23", "_UP = 1.0 - 2.0**-23"),
    Mutation("a short counts as a long in upper bounds", "bounds.py",
             "high_at = low_at + 8 if slope >= 0.0 else low_at", "high_at = low_at + 8"),
    Mutation("a short counts as a long in lower bounds", "bounds.py",
             "if slope < 0.0:\n            low_at = low_at + 8\n",
             "if slope < 0.0:\n            low_at = low_at + 0\n"),
    Mutation("the high bound takes the low rate", "bounds.py",
             "profit = lanes.times(profit, rate_high, rate_low)",
             "profit = lanes.times(profit, rate_low, rate_high)"),
    Mutation("the low bound divides by the low rate", "bounds.py",
             "profit = lanes.over(profit, rate_high, rate_low)",
             "profit = lanes.over(profit, rate_low, rate_high)"),
    Mutation("bounds have no slack", "linking.py",
             "error + gross * 2.0**-46 + 1.0", "0.0"),
]  # fmt: skip

SEARCH = [
    Mutation("a node that equals the best is pruned", "seek.py",
             "if bound < known or (best_tick < 0 and bound <= known):", "if bound <= known:"),
    Mutation("the worst child is searched first", "seek.py",
             "if work.peak[at + i] > bound:", "if work.peak[at + i] < bound:"),
    Mutation("the order of ties is forgotten", "seek.py",
             "if best_tick >= 0 and begin > best_tick and bound <= known:",
             "if best_tick >= 0 and bound <= known:"),
    Mutation("the maximum is taken to be settled a tick too far", "seek.py",
             "settled, pending = until, _NEVER", "settled, pending = until + 1, _NEVER"),
    Mutation("a node is safe at the stop level itself", "seek.py",
             "return low > np.float64(stop_level", "return low >= np.float64(stop_level"),
    Mutation("a later equal is taken for the first", "walk.py",
             "if equity > best or (equity == best and tick < best_tick):", "if equity >= best:"),
    Mutation("the high-water mark is dated a tick late", "walk.py",
             "best, best_tick = equity, tick", "best, best_tick = equity, tick + 1"),
    Mutation("a node is safe whatever its own highest equity", "seek.py",
             "if _safe(account, rows, low, max(pending, bound), high):",
             "if _safe(account, rows, low, pending, high):"),
    Mutation("what is not settled is forgotten", "seek.py",
             "pending = max(pending, work.high[at])", "pending = work.high[at]"),
    Mutation("a walk begins a tick late", "walk.py",
             "if tick == begin or (touched and tick > begin):\n            if",
             "if touched and tick > begin:\n            if"),
]  # fmt: skip

BANDS = [
    Mutation("a safe band is one price unit too wide below", "due.py",
             "if low < bands.low[at] or high > bands.high[at]:",
             "if low < bands.low[at] - 1 or high > bands.high[at]:"),
    Mutation("a safe band is one price unit too wide above", "due.py",
             "if low < bands.low[at] or high > bands.high[at]:",
             "if low < bands.low[at] or high > bands.high[at] + 1:"),
    Mutation("a block of bands is one price unit too wide", "due.py",
             "np.int32(low < bands.low[place]) | np.int32(high > bands.high[place])",
             "np.int32(low < bands.low[place] - 1) | np.int32(high > bands.high[place] + 1)"),
    Mutation("a band may reach beyond the stop level", "bands.py",
             "if low > np.float64(level) and high <= np.float64(top):",
             "if high <= np.float64(top):"),
    Mutation("a band may reach above its ceiling", "bands.py",
             "if low > np.float64(level) and high <= np.float64(top):",
             "if low > np.float64(level):"),
    Mutation("only the close of a frame is held to the bands", "due.py",
             "frame.low[symbol * 4 + j] = min(frame.low[symbol * 4 + j], price)",
             "frame.low[symbol * 4 + j] = price"),
    Mutation("the ceiling of a resting account is forgotten", "visit.py",
             'pending = np.float64(account["ceiling"]) if settled < checked else _NEVER',
             "pending = _NEVER"),
]  # fmt: skip

EVALUATOR = [
    Mutation("a floor is lowered twice", "export.py",
             "        units(floor.lowered_by),", "        2 * units(floor.lowered_by),"),
    Mutation("a reduced percent allowance is forgotten", "export.py",
             "as_integer_ratio(), units(floor.reduction))", "as_integer_ratio(), 0)"),
    Mutation("no put after an event", "placing.py",
             "self._changed[name] = self._place\n            self._search.withdraw(account)",
             "pass"),
    Mutation("a boundary comes after the tick of its instant", "evaluate.py",
             "int(self._tick_ts.searchsorted(due)) if due",
             'int(self._tick_ts.searchsorted(due, "right")) if due'),
    Mutation("an event sees the tick behind it", "evaluate.py",
             "self._pass_ticks(item.at - before)",
             "self._pass_ticks(min(item.at - before + 1, len(frame.tick_at)))"),
    Mutation("a stop is looked at a tick late", "search.py",
             "stops = self._crossing.sweep(slots)\n",
             "stops = self._crossing.sweep(slots)\n        stops[stops >= 0] += 1\n"),
    Mutation("the highest equity is not brought home", "evaluate.py",
             "if self._search.slot(account) == slot:\n                self._search.adopt(",
             "if False:\n                self._search.adopt("),
    Mutation("first prices are not waited for", "evaluate.py",
             "waited = (*ticks, *trades, self._probes.next, to)",
             "waited = (self._probes.next, to)"),
    Mutation("a high before the tape's restart loses its date", "search.py",
             "self._high_positions[raised] = self._positions[ticks[raised]]", "pass"),
    Mutation("an account beyond 64 bits misses the ticks since its event", "placing.py",
             "for missed in range(place, self._place):", "for missed in range(0):"),
    Mutation("prices that outgrow the legs are not noticed", "tape.py",
             "return set(np.flatnonzero(found).tolist())", "return set()"),
    Mutation("a listing does not end its piece", "pieces.py",
             "listings = [item.at + 1 for item in frame.events if "
             "isinstance(item.event, InstrumentListed)]", "listings: list[int] = []"),
    Mutation("the market shows the tick behind this one", "frame_market.py",
             "found = int(places.searchsorted(seen))",
             'found = int(places.searchsorted(seen, "right"))'),
]  # fmt: skip

TOGETHER = [
    Mutation("accounts put together all stand where the first one does", "search.py",
             "ats.append(self._offset + place)", "ats.append(self._offset + places[0])"),
    Mutation("an account that stops is worth what it was a tick before", "evaluate.py",
             "self._search.home(slots, stops + 1)", "self._search.home(slots, stops)"),
    Mutation("a position the kernel lacks is taken to be priced", "search.py",
             "self._booked[slot] == ledger.booked and legs == len(ledger.positions)",
             "self._booked[slot] == ledger.booked"),
    Mutation("marks are not raised where many sessions end", "search.py",
             "            self._raise(slot, account, high, tick)\n            ledger",
             "            ledger"),
    Mutation("what is put together is not armed", "book.py",
             "= balances\n        self.arm(accounts, at)", "= balances"),
]  # fmt: skip

FRAME = [
    Mutation("a search begins below the node that holds its range", "seek.py",
             "while first >> shift != last >> shift:", "while False:"),
    Mutation("one call passes over the first tick of an instrument", "frame_kernels.py",
             'if market.latest[symbol]["at"] == 0:', "if False:"),
    Mutation("one call passes prices that outgrow the legs", "frame_kernels.py",
             "if ticks.bid[i] < low or ticks.ask[i] > high:", "if False:"),
    Mutation("one call takes the wrong account to have stopped", "frame_kernels.py",
             "out.stopped[hits] = out.queue[i]", "out.stopped[hits] = out.queue[hits]"),
    Mutation("one call leaves the market where it was", "frame_kernels.py",
             "if hits == 0:", "if False:"),
    Mutation("one call keeps the first tick of each instrument as the latest", "frame_kernels.py",
             "for i in range(ticks.symbol.shape[0] - 1, -1, -1):",
             "for i in range(ticks.symbol.shape[0]):"),
    Mutation("one call dates every tick of a frame like its first", "frame_kernels.py",
             "out.positions[scanned + i] = first + ticks.at[i]",
             "out.positions[scanned + i] = first"),
    Mutation("one call passes the end of a session on its last tick", "evaluate.py",
             "self._due.next <= frame.ts[-1]", "self._due.next < frame.ts[-1]"),
]  # fmt: skip

MUTATIONS = [*VALUES, *LEVELS, *TREE, *SEARCH, *BANDS, *EVALUATOR, *TOGETHER, *FRAME]
