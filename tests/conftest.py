"""What the tests share: a PostgreSQL of their own, where its server binary is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres_server import running, server_binaries

pytest.register_assert_rewrite("zroute_core.testing.store_contract", "zroute_core.testing.read_model_contract")

# How fast a machine draws, and how many of the first draws are too large, says nothing about what is drawn for.
of_the_machine = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "house", deadline=None, derandomize=True, print_blob=True, suppress_health_check=of_the_machine
)
settings.register_profile(
    "campaign",
    deadline=None,
    print_blob=True,
    derandomize=False,
    database=None,
    max_examples=400,
    suppress_health_check=of_the_machine,
)
settings.load_profile("house")


def pytest_report_header() -> str:
    found = server_binaries()
    return f"PostgreSQL: {found}" if found else "PostgreSQL: no server binary found, its tests are skipped"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    said = "included" if server_binaries() else "NOT included: no server binary found"
    terminalreporter.write_line(f"PostgreSQL tests: {said}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and server_binaries() is None:
        pytest.skip("no PostgreSQL server binary found")  # the closing line says so too


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The superuser of a private server, which all tests of this process share."""
    with running() as server:
        yield server.url
