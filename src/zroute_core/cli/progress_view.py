"""`zroute progress`: how far somebody is."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import bar, day, hours, municipality, words
from zroute_core.domain.programme import Category
from zroute_core.domain.values import Moment
from zroute_core.read_models.progress import Progress

TERMS = {
    Category.COURSE: "course hours (cursusuren)",
    Category.PARTICIPATION: "participation hours (participatie-uren)",
    Category.NOT_COUNTED: "not counted",
}


def show_progress(console: Console, progress: Progress) -> None:
    """Print it."""
    console.print(f"Progress on {day(progress.day)}", style="bold")
    ended = f", ended {day(progress.ended_on)} ({words(progress.end_reason)})" if progress.end_reason else ""
    console.print(
        f"{municipality(progress.municipality)}, {words(progress.target_group)}, "
        f"opened {day(progress.opened_on)}{ended}{', standing still' if progress.interrupted else ''}"
    )
    console.print()
    for line in progress.categories:
        if line.target or line.minutes:
            pace = f", {hours(line.weekly_pace)} a week" if line.weekly_pace and progress.ended_on is None else ""
            console.print(
                f"{TERMS[line.category]}\n"
                f"  {bar(line.minutes, line.target)} {hours(line.minutes)} of {hours(line.target)}, "
                f"{hours(line.left)} left{pace}"
            )
    console.print()
    console.print(_components(progress))
    absences = ", ".join(f"{words(reason)} {n}" for reason, n in progress.absences.items())
    console.print(
        f"Attended {progress.attended} times, missed {progress.missed}" + (f" ({absences})" if absences else "")
    )
    if progress.cancellations:
        console.print("Cancelled: " + ", ".join(f"{words(why)} {n}" for why, n in progress.cancellations.items()))
    if progress.homework:
        console.print(f"Homework handed in: {progress.homework} times")
    if progress.domains:
        console.print(_domains(progress))


def _components(progress: Progress) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("component")
    for title in ("time", "attended", "missed", "cancelled"):
        table.add_column(title, justify="right")
    for line in progress.components:
        table.add_row(
            words(line.component), hours(line.minutes), str(line.attended), str(line.missed), str(line.cancelled)
        )
    return table


def _domains(progress: Progress) -> Table:
    table = Table(box=None, pad_edge=False, title="\nScores", title_justify="left", title_style="bold")
    table.add_column("instrument")
    table.add_column("domain or skill")
    for title in (*(moment.value for moment in Moment), "since T0"):
        table.add_column(title, justify="right")
    before = ""
    for line in progress.domains:
        scores = (str(line.scores.get(moment, "-")) for moment in Moment)
        change = "-" if line.change is None else f"{line.change:+}"
        table.add_row("" if line.instrument == before else words(line.instrument), words(line.domain), *scores, change)
        before = line.instrument
    return table
