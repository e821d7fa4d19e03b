"""`zroute progress`: how far somebody is."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import bar, day, days, hours, instrument, measured_with, municipality, times, words
from zroute_core.domain.programme import Category
from zroute_core.domain.values import Moment, Regime
from zroute_core.read_models.progress import (
    CategoryProgress,
    DeadlineKind,
    DomainProgress,
    Forecast,
    Progress,
    TermProgress,
)

TERMS = {
    Category.COURSE: "course hours (cursusuren)",
    Category.INTAKE_COURSE: "course hours of the broad intake (brede intake)",
    Category.PARTICIPATION: "participation hours (participatie-uren)",
    Category.NOT_COUNTED: "not counted",
}

SHORT = {Category.COURSE: "course", Category.PARTICIPATION: "participation"}

DEADLINES = {
    DeadlineKind.PIP: "the first plan (PIP) is due",
    DeadlineKind.SWITCH: "last day to switch to another route",
    DeadlineKind.TERM: "last day of the term",
}

NO_DUTY = "The aim of 1,600 hours in all is no duty; that it falls into 800 and 800 is chosen, after the later act."


def show_progress(console: Console, progress: Progress) -> None:
    """Print it."""
    console.print(f"Progress on {day(progress.day)}", style="bold")
    ended = f", ended {day(progress.ended_on)} ({words(progress.end_reason)})" if progress.end_reason else ""
    console.print(
        f"{municipality(progress.municipality)}, {words(progress.target_group)}, "
        f"opened {day(progress.opened_on)}{ended}{', standing still' if progress.interrupted else ''}"
    )
    if progress.term:
        console.print(_term(progress.term))
    console.print()
    pilot = progress.regime is Regime.PILOT
    for line in progress.categories:
        if not line.target and line.minutes:
            console.print(f"{TERMS[line.category]}: {hours(line.minutes)}, no target")
        elif line.target:
            console.print(
                f"{TERMS[line.category]}\n  {bar(line.minutes, line.target)} {_so_far(line, progress, pilot)}"
            )
    if pilot:
        console.print(NO_DUTY)
    if progress.forecast:
        _show_forecast(console, progress.forecast)
    if progress.deadlines:
        console.print("Days ahead:")
        for one in progress.deadlines:
            console.print(f"  {day(one.day)}: {DEADLINES[one.what]}")
    console.print()
    console.print(_components(progress))
    absences = ", ".join(f"{words(reason)} {n}" for reason, n in progress.absences.items())
    console.print(
        f"Attended {times(progress.attended)}, missed {progress.missed}" + (f" ({absences})" if absences else "")
    )
    if progress.cancellations:
        console.print("Cancelled: " + ", ".join(f"{words(why)} {n}" for why, n in progress.cancellations.items()))
    if progress.homework:
        console.print(f"Homework handed in: {times(progress.homework)}")
    for (key, version), lines in groupby(progress.domains, lambda one: (one.instrument, one.version)):
        console.print(f"\n{measured_with(key, version)}", style="bold")
        _show_scores(console, key, version, tuple(lines))


def _term(term: TermProgress) -> str:
    """The last day of the term is the one before its exclusive end."""
    last = day(term.until - timedelta(days=1))
    extended = f", extended {times(term.extended)}" if term.extended else ""
    if term.duty_ended_on:
        now = f"the duty ended on {day(term.duty_ended_on)}"
    elif term.days_left:
        now = f"{days(term.days_gone)} gone, {days(term.days_left)} left"
    else:
        now = "it is over"
    suspended = "; suspended by a temporary exemption" if term.suspended else ""
    return f"Term: {day(term.since)} to {last}{extended}\n  {now}{suspended}"


def _show_forecast(console: Console, forecast: Forecast) -> None:
    console.print(f"At the pace since {day(forecast.since)}:")
    for line in forecast.categories:
        done = f"done on {day(line.met_on)}" if line.met_on else "never done"
        name = SHORT.get(line.category, words(line.category))
        console.print(f"  {name}: {hours(line.minutes_a_week)} a week, {done}")
    if forecast.in_time is not None:
        console.print(f"  {'within the term' if forecast.in_time else 'NOT within the term'}")


def _so_far(line: CategoryProgress, progress: Progress, pilot: bool) -> str:
    """In the pilots nobody had to: there it is an aim."""
    done = (
        f"{hours(line.minutes)}; aim {hours(line.target)}"
        if pilot
        else f"{hours(line.minutes)} of {hours(line.target)}"
    )
    if progress.ended_on is not None:
        return done
    pace = f", {hours(line.weekly_pace)} a week" if line.weekly_pace else ""
    return f"{done}, {hours(line.left)} {'to go' if pilot else 'left'}{pace}"


def _components(progress: Progress) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("component", no_wrap=True)
    for title in ("time", "attended", "missed", "cancelled"):
        table.add_column(title, justify="right", no_wrap=True)
    for line in progress.components:
        table.add_row(
            words(line.component), hours(line.minutes), str(line.attended), str(line.missed), str(line.cancelled)
        )
    return table


def _show_scores(console: Console, key: str, version: str, lines: tuple[DomainProgress, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("domain or skill", no_wrap=True)
    for title in (*(moment.value for moment in Moment), "since T0"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("the last reads as")
    for line in lines:
        scores = (str(line.scores.get(moment, "-")) for moment in Moment)
        change = "-" if line.change is None else f"{line.change:+}"
        table.add_row(words(line.domain), *scores, change, line.level or "-")
    console.print(table)
    known = instrument(key, version)
    if known is not None and any(line.level for line in lines):
        source, _, _ = known.levels_source.partition(";")
        console.print(f"Levels are a reading ({source[:1].lower()}{source[1:]}).")
