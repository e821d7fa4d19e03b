"""The connection to PostgreSQL is cut at any byte of a command: one effect after it is sent again, no false answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import pytest
from psycopg.conninfo import conninfo_to_dict

from campaigns.cuts import Proxy, between, cut_commands
from campaigns.faults import Faults
from campaigns.sweep import Sweep, a_group, a_repeat, an_extension, one_fact
from tests.adapters.databases import database
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.testing.clock import TickingClock

pytestmark = pytest.mark.postgres


@attrs.frozen
class Line:
    """A store behind a proxy, and an onlooker that goes straight to the server."""

    proxy: Proxy
    sweep: Sweep


@contextmanager
def line_to(postgres_url: str, deadline: float) -> Iterator[Line]:
    url = database(postgres_url).url
    port = str(conninfo_to_dict(url)["port"])
    onlooker = PostgresEventStore(url, pool_size=1)
    with between(int(port)) as proxy:
        behind = url.replace(f":{port}/", f":{proxy.port}/")
        store = PostgresEventStore(behind, TickingClock(), deadline=deadline, pool_size=1)
        sweep = Sweep(store, onlooker, Faults(), tries=20)
        try:
            yield Line(proxy, sweep)
        finally:
            proxy.arm(None)
            sweep.close()


def test_a_connection_that_is_cut_once_costs_nothing_but_time(postgres_url: str) -> None:
    with line_to(postgres_url, deadline=10) as line:
        cuts = cut_commands(line.sweep, line.proxy, (one_fact, a_group, an_extension, a_repeat), 9, for_ever=False)
        assert cuts >= 50
        line.sweep.finish()


def test_a_server_that_stays_away_leaves_a_command_that_can_be_sent_again(postgres_url: str) -> None:
    """Each of these commands waits until the deadline."""
    with line_to(postgres_url, deadline=1) as line:
        cuts = cut_commands(line.sweep, line.proxy, (one_fact, a_group), 3, for_ever=True)
        assert cuts >= 8
        line.sweep.finish()
