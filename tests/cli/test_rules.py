"""`zroute rules`: what was known of the law on a day."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from zroute_core.cli.commands import zroute
from zroute_core.domain.national import WI2021
from zroute_core.domain.rulebook import rulebook


def run(*words: str, columns: int = 120) -> Result:
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(zroute, ["rules", *words])


def rules_on(day: str) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in json.loads(run("--on", day, "--json").stdout)}


def test_today_every_rule_is_known() -> None:
    shown = run("--json")
    assert shown.exit_code == 0
    assert [one["id"] for one in json.loads(shown.stdout)] == [one.id for one in rulebook(WI2021)]


def test_a_rule_as_json_is_the_rule() -> None:
    assert rules_on("2026-06-01")["switch-within-18-months"] == {
        "id": "switch-within-18-months",
        "sentence": {
            "nl": "Schakelen naar een andere leerroute kan tot anderhalf jaar na het begin van de termijn.",
            "en": "A switch to another route is possible until a year and a half after the term began.",
        },
        "source": "Divosa as cited by nt2.nl [S] (R-SW-01); its exceptions could not be read (R-SW-02)",
        "evidence": "S",
        "force": "binding",
        "since": "2022-01-01",
        "until": None,
        "published": "2022-01-01",
        "link": "https://nt2.nl/en/artikelen/80-4459_Handige-informatie-over-inburgeren/"
        "80-4443_Het-inburgeringsexamen-en-andere-examens/80-4440_Wat-is-inburgeren-en-wie-moeten-inburgeren/"
        "80-4446_Het-persoonlijk-plan-inburgering-en-participatie",
        "where": "zroute_core.domain.policies.pip.a_switch_comes_in_time",
        "in_force": True,
    }


@pytest.mark.parametrize(
    ("day", "known"),
    [("2025-07-08", False), ("2025-07-09", True)],
)
def test_a_ruling_is_known_from_its_day(day: str, known: bool) -> None:
    assert ("no-lateness-fine-on-asylum" in rules_on(day)) is known


def test_a_ruling_that_reaches_back_is_known_later_than_it_is_valid() -> None:
    assert "earlier-lateness-fines-reconsidered" not in rules_on("2026-02-17")
    known = rules_on("2026-02-18")["earlier-lateness-fines-reconsidered"]
    assert (known["since"], known["until"], known["published"]) == (None, "2025-07-09", "2026-02-18")
    assert known["in_force"] is False  # it speaks of the days before 9 July 2025


def test_before_the_act_only_what_keeps_a_record_consistent() -> None:
    assert {one["since"] for one in rules_on("2021-12-31").values()} == {None}


def test_people_see_them_by_how_well_they_are_known() -> None:
    shown = run("--on", "2026-06-01").stdout
    assert "The rules of the Wet inburgering 2021 as known on 1 June 2026" in shown
    official, secondary, unverified = (
        shown.index(heading) for heading in ("Read in an official text", "Read in a text that cites", "NOT VERIFIED")
    )
    assert official < shown.index("R-TERM-01") < secondary < shown.index("R-Z-02") < unverified
    assert unverified < shown.index("R-MAP-03") < shown.index("opens-once")
    wide = run("--on", "2026-06-01", columns=220).stdout
    assert "from 2022-01-01 before 2023-01-01: not on this day" in wide


def test_it_fits_the_width_of_a_terminal() -> None:
    assert max(map(len, run("--on", "2026-06-01", columns=80).stdout.splitlines())) <= 80


def test_a_day_is_a_day() -> None:
    shown = run("--on", "yesterday")
    assert shown.exit_code == 2
    assert "give a day like 2021-06-30" in shown.stderr
