"""Runs with several numbers of workers: one point each, two fitted laws, and a forecast."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parmagic import PlanError, Run, Task, pmap
from parmagic.magics.options import Options, parse
from parmagic.measure.scaling import Law, fit_amdahl, fit_universal, scaling_of, usual_counts
from parmagic.measure.traffic import Passage, Traffic
from parmagic.run.manner import Manner
from parmagic.run.several import sweep
from parmagic.show.alt import alt_text
from parmagic.show.charts.chart import draw
from parmagic.show.scaling import sweep_lines
from runs import run_with

if TYPE_CHECKING:
    from pathlib import Path

    from kernel import Notebook

pytestmark = pytest.mark.by_any_method  # a sweep is one of any workers
COUNTS = (1, 2, 4, 8)


def alike(workers: int, took: float, cpu: float, each: int = 0) -> list[Task]:
    """Build tasks of one length that keep workers busy for so long, `each` of them so many."""
    each = each or 1000 // workers
    step = took / each
    return [
        Task(worker * each + turn, "f(x)", worker, turn * step, (turn + 1) * step, cpu / each)
        for worker in range(workers)
        for turn in range(each)
    ]


def run_of(workers: int, elapsed: float, **more: Any) -> Run:
    """Build a run of a thousand tasks or so, all alike."""
    tasks = alike(workers, elapsed, elapsed)
    return run_with(tasks, elapsed, **{"workers": workers, "cpus": 64} | more)


def swept(law: Law, counts: tuple[int, ...] = COUNTS) -> Run:
    """Build the run of a sweep that follows a law; one worker takes 10 s."""
    return sweep(counts, lambda n: run_of(n, 10 / law.speedup(n)))


def test_a_serial_fraction_is_found_again() -> None:
    """Where the times follow Amdahl's law, the fit is that law."""
    scaling = swept(Law(0.05, 0.0)).scaling
    assert scaling is not None
    assert scaling.amdahl is not None

    assert scaling.amdahl.serial == pytest.approx(0.05)
    assert [point.middle for point in scaling.measured] == pytest.approx(
        [1.0, 1 / 0.525, 1 / 0.2875, 1 / 0.16875]
    )


def test_what_workers_cost_each_other_is_found_again() -> None:
    """Where times follow the Universal Scalability Law, so are its numbers, and its peak."""
    scaling = swept(Law(0.03, 0.01)).scaling
    assert scaling is not None
    assert scaling.universal is not None

    assert scaling.universal.serial == pytest.approx(0.03)
    assert scaling.universal.crosstalk == pytest.approx(0.01)
    assert scaling.universal.peak == pytest.approx((0.97 / 0.01) ** 0.5)


def test_laws_stay_possible_where_times_do_not_follow_them() -> None:
    """Faster than ideal is no negative fraction; always slower is all serial, and no more."""
    faster = {1: 1.0, 2: 2.5, 4: 5.0}
    slower = {1: 1.0, 2: 0.5, 4: 0.2}

    assert fit_amdahl(faster) == fit_universal(faster) == Law(0.0, 0.0)
    assert fit_amdahl(slower) == Law(1.0, 0.0)
    universal = fit_universal(slower)
    assert universal is not None
    assert min(universal.serial, universal.crosstalk) >= 0


def test_a_law_needs_as_many_points_as_it_has_unknowns() -> None:
    """One number of workers fits nothing, two fit Amdahl's law only."""
    assert fit_amdahl({1: 1.0}) is None
    assert fit_universal({1: 1.0, 2: 1.9}) is None
    assert scaling_of(()) is None


def test_the_forecast_covers_both_laws_and_is_for_more_workers_than_were_measured() -> None:
    """Twice, four times and sixteen times as many; its interval widens."""
    law = Law(0.04, 0.002)
    scaling = swept(law).scaling
    assert scaling is not None

    assert [point.workers for point in scaling.forecast] == [16, 32, 128]
    for point in scaling.forecast:
        assert point.low <= law.speedup(point.workers) <= point.high
        assert point.low <= point.middle <= point.high
        laws = [one.speedup(point.workers) for one in (scaling.amdahl, scaling.universal) if one]
        assert point.middle == pytest.approx((laws[0] * laws[1]) ** 0.5)
    first, *_, last = [point.high / point.low for point in scaling.forecast]
    assert last > first


def test_no_more_is_forecast_than_the_longest_task_allows() -> None:
    """Sixteen tasks are at most sixteen times as fast, whatever a law says of more workers."""

    def once(n: int) -> Run:
        took = 16 / n + 0.01
        return run_of(n, took, tasks=alike(n, 16 / n, 0.0, each=16 // n))

    run = sweep((1, 2, 4, 8), once)
    scaling = run.scaling
    assert scaling is not None
    *_, laws, forecast = sweep_lines(run)

    assert scaling.most == pytest.approx(16.01)
    assert [point.high <= scaling.most for point in scaling.forecast] == [True] * 3
    assert scaling.limited
    assert "faster" not in laws  # 1,600 times, by the law
    assert forecast.endswith("; at most 16× with these 16 tasks: none can be shared")
    assert "at most 16×" in alt_text(run, "sweep")
    more = swept(Law(0.05, 0.0))
    assert more.scaling is not None
    assert not more.scaling.limited


def test_no_more_is_forecast_than_tasks_allow_that_cannot_be_shared() -> None:
    """Of twelve equal tasks eight workers have two turns, as six have."""

    def once(n: int) -> Run:
        return run_of(n, 12 / n, tasks=alike(n, 12 / n, 0.0, each=12 // n))

    scaling = sweep((1, 2), once).scaling
    assert scaling is not None

    assert [point.workers for point in scaling.forecast] == [4, 8, 32]
    assert [point.high for point in scaling.forecast] == pytest.approx([4, 6, 12])
    assert scaling.limited


def test_what_tasks_allow_is_seen_where_they_had_processors() -> None:
    """Where four workers share two processors, tasks are as long as they had to wait."""

    def once(n: int) -> Run:
        tasks = alike(n, 12 / n, 12 / n, each=12 // n)
        if n == 4:
            tasks = [
                replace(one, finished=(one.started or 0.0) + 4 - one.index % 2) for one in tasks
            ]
        return run_of(n, 12 / min(n, 2), tasks=tasks, cpus=2)

    scaling = sweep((1, 2, 4), once).scaling
    assert scaling is not None

    assert [point.workers for point in scaling.beyond] == [4]
    assert [point.high for point in scaling.forecast] == pytest.approx([4, 6, 12])


def test_workers_that_larger_caches_make_faster_may_go_on_so() -> None:
    """Whole tasks allow eight workers eight times their speed, not that of one worker."""

    def once(n: int) -> Run:
        took = 32 / n / (1.0 if n == 1 else 1.25)
        return run_of(n, took, tasks=alike(n, took, took, each=32 // n))

    scaling = sweep((1, 2, 4), once).scaling
    assert scaling is not None

    assert scaling.forecast[0].workers == 8
    assert scaling.forecast[0].high == pytest.approx(10)


def on_two_processors(counts: tuple[int, ...], cpu: float, serial: float = 0.02) -> Run:
    """Build the sweep of tasks that compute for a part `cpu` of their time on two processors."""
    law, most = Law(serial, 0.0), 2 / cpu  # workers that the processors are enough for

    def once(n: int) -> Run:
        took = 10 / law.speedup(min(n, most))
        return run_of(n, took, tasks=alike(n, took, took * cpu), cpus=2)

    return sweep(counts, once)


def test_workers_that_share_processors_are_no_part_of_the_fit() -> None:
    """Four that compute on two processors are no faster than two, and the code is not serial."""
    scaling = on_two_processors((1, 2, 3, 4), cpu=1.0).scaling
    assert scaling is not None
    assert scaling.amdahl is not None

    assert scaling.amdahl.serial == pytest.approx(0.02)
    assert [point.workers for point in scaling.measured] == [1, 2, 3, 4]
    assert [point.workers for point in scaling.fitted] == [1, 2]
    assert [point.workers for point in scaling.beyond] == [3, 4]
    assert [point.workers for point in scaling.forecast] == [4, 8, 32]


@pytest.mark.parametrize(("cpu", "fitted"), [(0.01, (1, 2, 4, 8)), (0.5, (1, 2, 4)), (0.9, (1, 2))])
def test_workers_that_wait_may_be_more_than_the_processors(
    cpu: float, fitted: tuple[int, ...]
) -> None:
    """As many more as their tasks leave processors free."""
    scaling = on_two_processors((1, 2, 4, 8), cpu).scaling
    assert scaling is not None
    assert scaling.amdahl is not None

    assert tuple(point.workers for point in scaling.fitted) == fitted
    assert scaling.amdahl.serial == pytest.approx(0.02)


def test_tasks_without_a_cpu_clock_are_taken_to_compute() -> None:
    """A fit to too few points is better than one to points that it is not about."""
    runs = [run_of(n, 5.0, tasks=[Task(0, "f(x)", 0, 0.0, 5.0)], cpus=2) for n in (1, 4)]
    scaling = scaling_of(runs)
    assert scaling is not None

    assert [point.workers for point in scaling.beyond] == [4]


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ((1, 3, 4), "1 worker is the only number with processors for them all that was measured"),
        ((1,), "1 worker is the only number that was measured"),
        ((3, 4), "no number of workers had processors for them all"),
    ],
)
def test_too_few_points_have_no_forecast_and_it_says_so(counts: tuple[int, ...], why: str) -> None:
    """In words and in the picture."""
    run = on_two_processors(counts, cpu=1.0)
    scaling = run.scaling
    assert scaling is not None

    assert (scaling.amdahl, scaling.universal, scaling.forecast) == (None, None, ())
    assert sweep_lines(run)[-1] == f"no forecast: {why}"
    written = [text.get_text() for text in draw(run, "sweep").axes[0].texts]
    assert written == (["measured; too few numbers of workers for a forecast"] * (counts != (1,)))


def test_points_that_are_not_fitted_are_said_and_marked() -> None:
    """The forecast is for processors that this machine has not."""
    run = on_two_processors((1, 2, 3, 4), cpu=1.0)
    _, _, beyond, forecast = sweep_lines(run)
    figure = draw(run, "sweep")

    assert beyond == "3 and 4 workers share 2 processors: not fitted"
    assert forecast.endswith("; with processors for them all")
    (crosses,) = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert [float(x) for x in np.ravel(crosses.get_xdata())] == [3, 4]
    assert "measured, not fitted: 3 and 4" in " ".join(text.get_text() for text in figure.texts)


def test_times_of_nothing_are_no_points() -> None:
    """A speed-up against no time at all is no number."""
    assert scaling_of([run_of(1, 0.0), run_of(2, 0.0)]) is None
    assert scaling_of([run_of(2, 1.0, tasks=[], values=[])]) is None


@pytest.mark.parametrize(
    ("times", "coming"),
    [
        ((1.0, 1 / 2.5, 1 / 5.0), 10.0),  # faster than ideal: it may go on
        ((1.0, 2.0, 5.0), 1 / 11),  # slower with each worker
        ((1.0, 2.0, 3.0), 1 / 4),
        ((1.0, 1.0, 1 / 9.0), 9.0),  # out of all reason
    ],
)
def test_a_forecast_of_strange_times_is_an_interval(
    times: tuple[float, ...], coming: float
) -> None:
    """Its ends are in their order, above 0, and hold what comes next if all goes on as it did."""
    scaling = scaling_of([run_of(n, time) for n, time in zip((1, 2, 4), times, strict=True)])
    assert scaling is not None
    assert scaling.universal is not None

    assert 0 <= scaling.universal.serial <= 1
    for point in scaling.forecast:
        assert 0 < point.low <= point.middle <= point.high
    assert scaling.forecast[0].low < coming <= scaling.forecast[0].high
    assert (scaling.forecast[0].middle < 1) == (coming < 1)


def test_a_point_of_several_rounds_goes_from_the_least_to_the_most() -> None:
    """Of one round only the noise that is usual is known."""
    runs = (run_of(1, 8.0), run_of(2, 4.0, rounds=(3.2, 4.0, 5.0)))
    scaling = scaling_of(runs)
    assert scaling is not None

    assert scaling.measured[1] == (2, 1.6, 2.0, 2.5)
    assert scaling.measured[0].low < 1.0 < scaling.measured[0].high


def test_what_speed_ups_are_held_against_has_rounds_as_well() -> None:
    """The fastest of the one against the slowest of the other, and the other way round."""
    runs = (run_of(1, 8.0, rounds=(7.0, 8.0, 10.0)), run_of(2, 4.0, rounds=(3.2, 4.0, 5.0)))
    scaling = scaling_of(runs)
    assert scaling is not None

    assert scaling.measured[1] == (2, 1.4, 2.0, 3.125)
    assert scaling.measured[0] == (1, 0.8, 1.0, 8 / 7)


def kept_waiting(workers: int, elapsed: float, share: float) -> Run:
    """Build a run whose tasks waited for other programs for a share of the time."""
    delayed = share * elapsed
    one = Passage(0, -1.0, -1.0, 0.0, 0.0, 0.0, elapsed, elapsed, delayed=delayed)
    passed = tuple(one._replace(worker=lane) for lane in range(workers))
    tasks = [Task(i, "f(x)", i, 0.0, elapsed, elapsed - delayed) for i in range(workers)]
    return run_of(workers, elapsed, tasks=tasks, traffic=Traffic(passed))


@pytest.mark.parametrize(
    ("once", "why"),
    [
        (
            lambda n: run_of(n, 10.0 / n, rounds=(6.0 / n, 10.0 / n, 18.0 / n)),
            (
                "0 to 100 % of the work may be serial, as they differ so much by chance: "
                "measure again with `--repeat 6`"
            ),
        ),
        (
            lambda n: kept_waiting(n, {1: 10.0, 2: 8.5}[n], 0.52),
            (
                "0 to 100 % of the work may be serial, as tasks waited up to 52 % of the time for "
                "processors that other programs had: measure again with `--repeat 3`"
            ),
        ),
    ],
)
def test_times_that_say_nothing_of_the_serial_part_have_no_law(once: Any, why: str) -> None:
    """Nearly any would fit: that is said in place of a number, and drawn in place of a curve."""
    run = sweep((1, 2), once)
    scaling = run.scaling
    assert scaling is not None

    assert (scaling.amdahl, scaling.universal, scaling.forecast) == (None, None, ())
    assert sweep_lines(run)[1:] == [f"no law and no forecast: by these times {why}"]
    figure = draw(run, "sweep")
    assert [text.get_text() for text in figure.axes[0].texts] == [
        "measured; too uncertain for a forecast"
    ]
    assert not any("Amdahl" in text.get_text() for text in figure.texts)


def test_a_little_waiting_for_other_programs_leaves_a_law_with_a_wider_interval() -> None:
    """As long as the times still tell something."""

    def found(share: float) -> tuple[float, float, float]:
        times = {1: 10.0, 2: 6.0}
        scaling = sweep((1, 2), lambda n: kept_waiting(n, times[n], share)).scaling
        assert scaling is not None
        assert scaling.amdahl is not None
        return scaling.serial[0], scaling.amdahl.serial, scaling.serial[1]

    least, middle, most = found(0.0)
    less, same, more = found(0.03)

    assert middle == same == pytest.approx(0.2)
    assert less < least < middle < most < more


def test_a_forecast_is_no_surer_than_the_rounds_that_it_is_from() -> None:
    """Where these lie far apart, so do its ends."""

    def forecast(spread: float) -> Any:
        rounds = (5.0 / spread, 5.0, 5.0 * spread)
        scaling = scaling_of([run_of(1, 10.0), run_of(2, 5.0, rounds=rounds)])
        assert scaling is not None
        return scaling.forecast[0]

    assert forecast(1.3).low < forecast(1.01).low
    assert forecast(1.3).middle == forecast(1.01).middle


def test_little_that_was_measured_forecasts_little() -> None:
    """From two workers, also as fast as can be, nearly nothing is known of 32; more points help."""
    few = swept(Law(0.0, 0.0), (1, 2)).scaling
    many = swept(Law(0.0, 0.0), (1, 2, 4, 8)).scaling
    assert few is not None
    assert many is not None

    assert few.forecast[-1].workers == 32
    assert few.forecast[-1].low < 2
    assert few.forecast[-1].high == pytest.approx(32)
    low = {point.workers: point.low for point in many.forecast}
    assert low[32] > 8


def test_more_speed_up_than_workers_promises_nothing_for_certain() -> None:
    """As a rule the time of one worker was too long by chance: the interval goes below ideal."""
    runs = sweep((1, 2), lambda n: run_of(n, {1: 2.58, 2: 1.0}[n]))
    scaling = runs.scaling
    assert scaling is not None

    for point in scaling.forecast:
        assert point.low < point.workers / 2 < point.middle < point.high
    assert scaling.forecast[-1].low < 1
    assert (
        "2 workers cannot be 2.58× as fast but by larger caches, more likely 1 worker was slower "
        "by chance: measure again with `--repeat 3`"
    ) in sweep_lines(runs)


def test_as_much_speed_up_as_workers_is_no_reason_for_doubt() -> None:
    """Nor is what noise explains."""
    for law in (Law(0.0, 0.0), Law(0.05, 0.0)):
        assert not any("by chance" in line for line in sweep_lines(swept(law)))


def test_a_sweep_that_did_not_begin_with_one_worker_is_measured_against_serial_time() -> None:
    """As far as that is known."""
    scaling = swept(Law(0.0, 0.0), (2, 4)).scaling
    assert scaling is not None

    assert scaling.against == "serial"
    assert scaling.seconds == pytest.approx(10.0)
    assert [point.middle for point in scaling.measured] == pytest.approx([2.0, 4.0])


def test_serial_time_that_is_only_bounded_bounds_the_speed_ups_of_a_sweep() -> None:
    """As the headline says it: its least alone would be a number that nobody knows."""

    def once(n: int) -> Run:
        tasks = [Task(i, "f(x)", i, 0.0, 2.0, 0.5) for i in range(n)]
        return run_of(n, 2.0, tasks=tasks, backend="thread", cpus=2)

    run = sweep((4,), once)

    low = run.baseline.low
    assert (low < 7.0, run.baseline.high) == (True, 8.0)
    said = f"sweep, against serial ({low:.3g} s to 8 s): 4 workers 2 s, {low / 2:.2f}× to 4.00×"
    assert sweep_lines(run)[0] == said

    slow = replace(run.sweep[0], elapsed=2000.0)
    assert sweep_lines(replace(run, sweep=(slow,)))[0].count("0.00×") == 1


def test_the_fastest_run_has_all_of_them_fewest_workers_first() -> None:
    """It is the one whose values are kept; the most workers are run first."""
    asked: list[int] = []

    def once(count: int) -> Run:
        asked.append(count)
        return run_of(min(count, 4), {1: 4.0, 2: 1.0, 4: 2.0}[min(count, 4)])

    run = sweep((1, 8, 2, 4, 2), once)

    assert asked == [8, 4, 2, 1]
    assert run.workers == 2
    assert [one.workers for one in run.sweep] == [1, 2, 4]


def test_rounds_of_a_sweep_alternate_between_the_numbers_of_workers() -> None:
    """What changes on the machine meanwhile strikes all of them alike."""
    asked: list[int] = []

    def once(count: int) -> Run:
        asked.append(count)
        return run_of(count, 10.0 / count + len(asked))

    run = sweep((1, 2), once, 3)

    assert asked == [2, 1] * 3
    assert [one.rounds for one in run.sweep] == [(12.0, 14.0, 16.0), (6.0, 8.0, 10.0)]


def test_a_run_that_fails_ends_the_sweep() -> None:
    """What it finished is kept as ever."""
    failed = run_of(4, 1.0, error=ValueError())

    assert sweep((1, 4), lambda n: failed if n == 4 else run_of(n, 1.0)) is failed


@pytest.mark.parametrize(
    ("most", "counts"), [(1, (1,)), (2, (1, 2)), (6, (1, 2, 4, 6)), (8, COUNTS)]
)
def test_usual_counts_are_powers_of_two_and_all(most: int, counts: tuple[int, ...]) -> None:
    """So that the last is what runs otherwise."""
    assert usual_counts(most) == counts


def test_a_sweep_is_said_in_words() -> None:
    """What was measured, the serial fraction, the peak, and the forecast as such."""
    measured, laws, forecast = sweep_lines(swept(Law(0.05, 0.0)))

    assert measured.startswith("sweep, against 1 worker (10 s): 1 worker 10 s, 1.00×; 2 workers 5.")
    assert laws == (
        "Amdahl: 5 % of the work is serial (2.9 to 7.4 %), so at most about 20× faster; "
        "USL: no peak"
    )
    assert forecast.startswith("forecast, not measured: 16 workers 9.14× (")
    assert str(swept(Law(0.05, 0.0))).endswith(forecast)


@pytest.mark.parametrize("serial", [1.0, 1.5])
def test_a_sweep_that_gains_nothing_is_not_said_to_be_all_serial(serial: float) -> None:
    """Nobody has seen that: tasks may be too short, or the machine busy."""
    _, laws, *_ = sweep_lines(swept(Law(serial, 0.0)))

    assert laws.partition(";")[0] == "Amdahl: more workers gain nothing"


@pytest.mark.parametrize("cpus", [2, 64])
def test_the_points_of_a_sweep_are_whole_at_the_ends_of_the_chart(cpus: int) -> None:
    """With many workers on the scale there is less room beside the first and the last of them."""
    counts = (1, 2, 4, 8, 16, 32, 64)
    run = sweep(counts, lambda n: run_of(n, 10 / Law(0.01, 0.0).speedup(n), cpus=cpus))
    axes = draw(run, "sweep").axes[0]
    marked = [line for line in axes.lines if line.get_marker() != "None"]

    assert marked
    assert not any(line.get_clip_on() for line in marked)


@pytest.mark.parametrize(
    ("counts", "labels"),
    [
        ((1, 2, 3), ["1", "2", "3"]),
        ((1, 3, 6), ["1", "2", "3", "4", "6"]),
        ((1,), ["1"]),
        ((1, 31, 32), ["1", "2", "4", "8", "16", "31"]),
    ],
)
def test_the_numbers_of_workers_that_were_measured_stand_below_the_chart(
    counts: tuple[int, ...], labels: list[str]
) -> None:
    """With powers of two between them, and none on another."""
    axes = draw(swept(Law(0.01, 0.0), counts), "sweep").axes[0]

    shown = [label.get_text() for label in axes.get_xticklabels()]
    assert [one for one in shown if int(one) <= max(counts)] == labels


def test_the_chart_of_a_sweep_says_what_is_measured_and_what_forecast() -> None:
    """The ideal and both laws are named at their ends."""
    run = swept(Law(0.03, 0.01))
    figure = draw(run, "sweep")
    texts = " ".join(text.get_text() for text in (*figure.texts, *figure.axes[0].texts))

    assert len(figure.axes[0].patches) == 1  # where the forecast is
    for said in ("ideal", "Amdahl: ", "USL: best with 10 workers", "measured", "forecast"):
        assert said in texts
    assert "forecast, not measured: 16 workers" in alt_text(run, "sweep")
    for cell, option in (("In[1]", "`--sweep`"), (None, "`sweep=True`")):
        with pytest.raises(PlanError, match=f"no sweep to draw: add {option}"):
            draw(replace(run_of(2, 1.0), cell=cell), "sweep")


def test_a_sweep_survives_a_file(tmp_path: Path) -> None:
    """With the runs it is made of."""
    run = swept(Law(0.05, 0.0))
    run.save(tmp_path / "run.json")
    loaded = Run.load(tmp_path / "run.json")

    assert loaded.scaling == run.scaling
    assert str(loaded) == str(run)


@pytest.mark.parametrize(
    ("line", "counts", "code"),
    [
        ("--sweep f xs", (), "f xs"),
        ("--sweep 1,2,4 f xs", (1, 2, 4), "f xs"),
        ("--sweep=3 f xs", (3,), "f xs"),
        ("--sweep 2 * x for x in xs", (), "2 * x for x in xs"),
    ],
)
def test_a_sweep_takes_numbers_of_workers_or_none(line: str, counts: Any, code: str) -> None:
    """A single number without `=` is code."""
    assert parse("pmap", line, {}) == (Options(sweep=counts), code)


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        (Manner(sweep=(), compare=()), "sweep or compare"),
        (Manner(sweep=(0,)), "from 1 up"),
        (Manner("serial", sweep=()), "another backend than `serial`"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(manner: Manner, said: str) -> None:
    """Before anything runs."""
    with pytest.raises(PlanError, match=said):
        manner.checked()
    with pytest.raises(PlanError, match="0,2"):
        parse("pmap", "--sweep=0,2 f xs", {})


def test_a_notebook_sweeps_and_shows_the_chart(notebook: Notebook) -> None:
    """The value is that of one run; the picture is the sweep's, and all runs are in the record."""
    notebook.do("def nap(x):\n    import time\n    time.sleep(0.01)\n    return x")

    reply = notebook.do("%pmap --sweep 1,2,3 -o run nap(x) for x in range(12)")

    (image,) = reply.images
    assert "sweep, against 1 worker" in image.metadata["image/png"]["alt"]
    # A busy machine may have been so unlike itself that there is no forecast.
    vague = "no law and no forecast: " in reply.stdout
    assert vague or "forecast, not measured: 6 workers" in reply.stdout
    assert vague is (notebook.get("bool(run.scaling.forecast)") is False)
    assert notebook.get("[one.workers for one in run.sweep]") == [1, 2, 3]
    assert notebook.get("run.values == list(range(12))") is True
    assert "a cell runs once" in notebook.run("%%parallel --sweep\nnap(1)").usage_error
    assert "add `--sweep`" in notebook.run("%pmap --plot sweep nap [1]").usage_error


def test_a_script_sweeps_by_an_argument(notebook: Notebook) -> None:
    """True takes the powers of two up to the number of workers."""
    notebook.do("import parmagic\ndef double(x):\n    return 2 * x")

    notebook.do("run = parmagic.pmap(double, range(9), sweep=True, workers=3, backend='thread')")

    assert notebook.get("[one.workers for one in run.sweep]") == [1, 2, 3]
    assert notebook.get("run.scaling.against") == "1 worker"
    assert notebook.get("parmagic.pmap(double, range(9), sweep=2).sweep[0].workers") == 2


def test_a_sweep_of_no_tasks_says_so_and_no_more() -> None:
    """A speed-up of nothing is none."""
    run = pmap(abs, [], sweep=(1, 2), backend="thread")

    assert str(run) == "no tasks: there was nothing to run"
