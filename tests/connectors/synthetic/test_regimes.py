from itertools import groupby, islice

import numpy as np

from connectors.synthetic.regimes import SLICES_PER_SECOND, Mood


def slices(seed, seconds, rate):
    mood = Mood(np.random.Generator(np.random.PCG64(seed)), rate)
    return list(islice(mood.slices(), seconds * SLICES_PER_SECOND))


def per_second(parts):
    counts = np.array([one.count for one in parts])
    return counts.reshape(-1, SLICES_PER_SECOND).sum(axis=1)


def test_mood_when_quiet_has_the_asked_median_and_a_long_tail():
    """Recordings have a 90th percentile of about four medians, bursts included."""
    for rate in (5.0, 20.0, 50.0):
        rates = per_second(slices(1, 3_000, rate))
        assert 0.7 * rate < np.median(rates) < 1.8 * rate
        assert 2.0 < np.percentile(rates, 90) / np.median(rates) < 9.0


def test_mood_when_news_breaks_peaks_at_ten_to_thirty_medians_for_seconds():
    bursts = [
        list(group)
        for hot, group in groupby(slices(2, 3_000, 40.0), lambda one: one.heat > 0)
        if hot
    ][:-1]
    assert len(bursts) > 50
    for burst in bursts:
        assert 2.0 <= len(burst) / SLICES_PER_SECOND < 30.0
        assert burst[0].heat == 1.0
        assert burst[-1].heat < 0.2
        assert burst[0].jump
        assert not any(one.jump for one in burst[1:])
    peaks = [sum(one.count for one in burst[:5]) / 5 * SLICES_PER_SECOND for burst in bursts]
    assert 8 * 40.0 < np.median(peaks) < 30 * 40.0


def test_mood_when_quiet_has_no_subject():
    quiet = [one for one in slices(3, 300, 20.0) if one.heat == 0]
    assert {one.subject for one in quiet} == {""}
    assert {one.jump for one in quiet} == {0.0}


def test_mood_when_arrivals_are_counted_comes_in_clumps():
    """Slices of one second vary more than chance alone would make them."""
    quiet = [one.count for one in slices(4, 2_000, 100.0) if one.heat == 0]
    assert np.var(quiet) > 2 * np.mean(quiet)
