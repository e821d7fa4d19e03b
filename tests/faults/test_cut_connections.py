"""The connection to PostgreSQL is cut at any byte of a command: one effect after it is sent again, no false answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import attrs
import pytest
from psycopg.conninfo import conninfo_to_dict

from campaigns.cuts import Cut, Proxy, Way, between, cut_commands
from campaigns.faults import Faults
from campaigns.script import WRITER
from campaigns.sweep import FACT, Sweep, a_group, a_repeat, an_extension, one_fact
from tests.adapters.databases import database
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.errors import CommandIdReused
from zroute_core.kernel.log import Batch, Context
from zroute_core.testing.clock import TickingClock

pytestmark = pytest.mark.postgres


@attrs.frozen
class Line:
    """A store behind a proxy, and an onlooker that goes straight to the server."""

    proxy: Proxy
    sweep: Sweep


@contextmanager
def line_to(postgres_url: str) -> Iterator[Line]:
    url = database(postgres_url).url
    port = str(conninfo_to_dict(url)["port"])
    onlooker = PostgresEventStore(url, pool_size=1)
    with between(int(port)) as proxy:
        behind = url.replace(f":{port}/", f":{proxy.port}/")
        store = PostgresEventStore(behind, TickingClock(), deadline=10, pool_size=1)
        sweep = Sweep(store, onlooker, Faults(), tries=20)
        try:
            yield Line(proxy, sweep)
        finally:
            proxy.arm(None)
            sweep.close()


def test_a_connection_that_is_cut_once_costs_nothing_but_time(postgres_url: str) -> None:
    with line_to(postgres_url) as line:
        cuts = cut_commands(line.sweep, line.proxy, (one_fact, a_group, an_extension, a_repeat), 9, for_ever=False)
        assert cuts >= 50
        line.sweep.finish()


def test_an_extension_in_doubt_is_done_where_it_was_to_stand(postgres_url: str) -> None:
    """Which of two tries did it, nobody can tell once the line broke under the first; where it stands can be told."""
    made = MemoryEventStore(TickingClock()).append([Batch(UUID(int=1), 0, (FACT, FACT))], Context(UUID(int=2), WRITER))
    nothing_passes = Cut(Way.TO_THE_SERVER, 0, for_ever=False)
    with line_to(postgres_url) as line:
        assert line.sweep.store.extend(made) == 2
        for after in (None, 0):
            line.proxy.arm(nothing_passes)
            assert line.sweep.store.extend(made, after=after) == 2
        line.proxy.arm(nothing_passes)
        with pytest.raises(CommandIdReused):
            line.sweep.store.extend(made, after=2)
        line.proxy.arm(None)
        with pytest.raises(CommandIdReused):
            line.sweep.store.extend(made)
        line.sweep.finish()


def test_a_server_that_stays_away_leaves_a_command_that_can_be_sent_again(postgres_url: str) -> None:
    """Each of these commands waits until the deadline."""
    with line_to(postgres_url) as line:
        cuts = cut_commands(line.sweep, line.proxy, (one_fact, a_group), 3, for_ever=True)
        assert cuts >= 8
        line.sweep.finish()
