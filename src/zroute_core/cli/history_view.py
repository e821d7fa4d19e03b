"""`zroute list`, `zroute show` and `zroute timeline`: who is there, and what stands about them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from zroute_core.adapters.codec import write_json
from zroute_core.adapters.converter import to_plain
from zroute_core.cli.words import day, municipality
from zroute_core.domain.events import Fact
from zroute_core.kernel.log import Recorded
from zroute_core.read_models.timeline import Timeline
from zroute_core.trajectories import Participant


def show_participants(console: Console, participants: Sequence[Participant]) -> None:
    """A line for each, in the order in which they were recorded."""
    table = Table(box=None, pad_edge=False)
    for title in ("participant", "municipality", "opened"):
        table.add_column(title, overflow="fold")
    for one in participants:
        table.add_row(str(one.id), municipality(one.municipality), day(one.opened_on))
    console.print(table)
    console.print(f"{len(participants)} participant{'' if len(participants) == 1 else 's'}")


def show_entries(console: Console, entries: Sequence[Recorded[Fact]]) -> None:
    """Each entry as it was recorded: what, when, by whom, under which id, and its fields."""
    for one in entries:
        head = f"{one.envelope.version:4}  {one.event.on}  {one.event.tag}"
        console.print(head, style="bold")
        console.print(
            f"      recorded {one.recorded_at:%Y-%m-%d %H:%M:%S} UTC by {one.envelope.actor.id} "
            f"for {one.envelope.actor.purpose}\n      id {one.event_id}",
        )
        fields = {name: value for name, value in to_plain(one.event).items() if name != "on"}
        console.print(f"      {write_json(fields).decode()}", soft_wrap=True)


def show_timeline(console: Console, timeline: Timeline) -> None:
    """In the order of the days; what counts no more is marked in words."""
    table = Table(box=None, pad_edge=False)
    table.add_column("day", no_wrap=True)
    table.add_column("what")
    table.add_column("by", no_wrap=True)
    for line in timeline.lines:
        sentence = line.sentence if line.in_force else f"(no longer counts) {line.sentence}"
        late = "" if line.recorded_at.date() == line.on else f" (recorded {line.recorded_at:%Y-%m-%d})"
        table.add_row(str(line.on), f"{sentence}{late}", line.recorded_by)
    console.print(table)
