"""What would other rules mean for these people? Worked out by hand."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import attrs

from zroute_core.domain.act import DispensationGround, DispensationKind, Sanction
from zroute_core.domain.events import DispensationGranted, Fact, Happened, LessonAttended, SanctionProposed
from zroute_core.domain.national import WI2021
from zroute_core.domain.programme import Category, Dated, Programme, Targets
from zroute_core.domain.values import TargetGroup
from zroute_core.read_models.what_if import Compared, Weighed, change, compared, include, measured, what_if
from zroute_core.testing.samples import INTAKE_UNDER_THE_ACT, LESSON, NOTICE, OPENED_UNDER_THE_ACT, PIP
from zroute_core.testing.scenario import history

DAY = date(2026, 9, 1)
BEFORE_THE_RULING = date(2026, 2, 17)
FINE = SanctionProposed(date(2024, 6, 3), "fine-1", Sanction.LATENESS_FINE, 340, "late")
ASYLUM: tuple[Happened, ...] = (OPENED_UNDER_THE_ACT, INTAKE_UNDER_THE_ACT, PIP)
FAMILY = (
    attrs.evolve(OPENED_UNDER_THE_ACT, target_group=TargetGroup.FAMILY_OR_OTHER_MIGRANT),
    INTAKE_UNDER_THE_ACT,
    PIP,
)
CAPPED = (
    *ASYLUM,
    DispensationGranted(date(2024, 6, 3), DispensationKind.PARTIAL, DispensationGround.MEDICAL, 300),
)


def aiming_at(participation: int, since: date = date(2022, 1, 1)) -> Programme:
    """The act with another number of participation hours for asylum status holders."""
    lawful = WI2021.targets[TargetGroup.ASYLUM_STATUS_HOLDER].steps
    steps = (*(one for one in lawful if one[0] < since), (since, Targets(800 * 60, participation * 60)))
    targets = {**WI2021.targets, TargetGroup.ASYLUM_STATUS_HOLDER: Dated(steps)}
    return attrs.evolve(WI2021, name="Proposal", targets=targets)


HALF = aiming_at(400)


def person(number: int, *facts: Fact) -> Compared:
    told = history(*facts).facts
    under = {
        "today": measured(told, WI2021, DAY, DAY),
        "proposal": measured(told, HALF, DAY, DAY),
        "then": measured(told, WI2021, BEFORE_THE_RULING, DAY),
    }
    return compared(UUID(int=number), "0392", DAY, under)


def test_a_lower_target_leaves_an_asylum_status_holder_400_hours_less() -> None:
    changed = person(1, *ASYLUM).changes["proposal"]
    assert changed.target[Category.PARTICIPATION] == changed.left[Category.PARTICIPATION] == -400 * 60
    assert changed.left[Category.COURSE] == 0
    assert (changed.appear, changed.disappear) == ({}, {})


def test_for_who_has_no_participation_target_or_a_lower_cap_nothing_changes() -> None:
    """Family: 0 hours. Capped at 300: the lower of 300 and 800, and of 300 and 400."""
    assert person(2, *FAMILY).changes["proposal"].none
    assert person(3, *CAPPED).changes["proposal"].none


def test_findings_appear_and_disappear() -> None:
    changed = person(1, *ASYLUM, FINE).changes["then"]
    assert changed.disappear == {"earlier-lateness-fines-reconsidered": 1}
    assert changed.appear == {}


def test_the_same_rules_change_nothing() -> None:
    told = history(*ASYLUM, FINE).facts
    assert change(measured(told, WI2021, DAY, DAY), measured(told, WI2021, DAY, DAY)).none


def test_an_amount_that_begins_later_is_not_known_in_an_earlier_rulebook() -> None:
    told = history(*ASYLUM).facts
    from_july = aiming_at(400, date(2026, 7, 1))
    known = {day: measured(told, from_july, day, DAY).targets for day in (date(2026, 6, 30), date(2026, 7, 1))}
    assert [targets[Category.PARTICIPATION] for targets in known.values()] == [800 * 60, 400 * 60]


def test_what_counts_otherwise_is_seen_too() -> None:
    """A lesson of 120 minutes during the broad intake, and a programme that lets it count."""
    in_intake = LessonAttended(NOTICE, attrs.evolve(LESSON, in_intake=True))
    told = history(*ASYLUM, in_intake).facts
    counting = attrs.evolve(WI2021, intake_course_counts=True)
    changed = change(measured(told, WI2021, DAY, DAY), measured(told, counting, DAY, DAY))
    assert changed.minutes[Category.COURSE] == 120
    assert changed.left[Category.COURSE] == -120


def together(people: Iterable[Compared]) -> Weighed:
    weighed = Weighed()
    for one in people:
        weighed = include(weighed, one)
    return weighed


def test_everybody_together() -> None:
    people = [person(1, *ASYLUM, FINE), person(2, *FAMILY), person(3, *CAPPED), person(4, *ASYLUM)]
    answer = what_if(together(people), ["today", "proposal", "then"], DAY)
    assert (answer.first, answer.participants) == ("today", 4)
    proposal, then = answer.of("proposal"), answer.of("then")
    assert (proposal.changed, proposal.less[Category.PARTICIPATION], proposal.more[Category.PARTICIPATION]) == (2, 2, 0)
    assert proposal.change.left[Category.PARTICIPATION] == -800 * 60
    assert (then.changed, then.people_with_fewer_findings, then.people_with_new_findings) == (1, 1, 0)
    assert then.change.disappear == {"earlier-lateness-fines-reconsidered": 1}


def test_of_nobody_there_is_nothing_to_tell() -> None:
    answer = what_if(Weighed(), ["today", "proposal"], DAY)
    assert answer.participants == 0
    assert answer.of("proposal").change.none
