"""Somebody under the Wet inburgering 2021, made up: from DUO's notice to the completion of the Z-route."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import zroute_core
from zroute_core import Actor
from zroute_core.domain import decisions as do
from zroute_core.domain.act import LearningAbility, LiteracyNeed, MapTheme, Route
from zroute_core.domain.values import Activity, Component, IntakePart, Lesson, Modality, Regime, TargetGroup
from zroute_core.testing.clock import TickingClock

me, person = Actor("case-director-2", "z-route"), UUID("6c1f8f0a-2f0e-4c0d-9a53-0c5a1f6f7b21")
notice, first_day = date(2024, 3, 4), date(2024, 4, 22)
z_route = Route.SELF_RELIANCE, None, LiteracyNeed.ILLITERATE

with zroute_core.open("memory:", clock=TickingClock(datetime(2026, 6, 1, tzinfo=UTC))) as trajectories:

    def tell(*commands: do.Command) -> None:
        for command in commands:
            trajectories.handle(person, command, by=me)

    def show(day: date) -> None:
        progress = trajectories.progress(person, valid_on=day)
        print(f"\n{day}")
        if term := progress.term:
            print(f"  term {term.since} until {term.until}: {term.days_gone} days gone, {term.days_left} left")
        for total in progress.categories:
            if total.target:
                print(f"  {total.category.value}: {total.minutes // 60} of {total.target // 60} hours")
        if (forecast := progress.forecast) and forecast.met_on:
            print(f"  at this pace done on {forecast.met_on}, {'in' if forecast.in_time else 'not in'} time")
        states: dict[str, list[str]] = {}
        for one in trajectories.obligations(person, valid_on=day).lines:
            states.setdefault(one.state.value, []).append(one.kind.value)
        print(*(f"  {state}: {', '.join(kinds)}" for state, kinds in states.items()), sep="\n")

    tell(do.OpenTrajectory(notice, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021))
    tell(do.NotifyDuty(notice, notice), do.HoldIntake(date(2024, 3, 18), tuple(IntakePart)))
    tell(do.RecordLearningAbility(date(2024, 3, 25), LearningAbility.B1_NOT_REACHABLE))
    tell(do.DecidePip(date(2024, 4, 15), "pip-1", "0392", *z_route, looked_into=tuple(Route)))
    for week in range(100):  # eight hours of lessons and eight of work, a hundred times
        monday = first_day + timedelta(weeks=week)
        lesson = Lesson(f"lesson-{week}", Component.LANGUAGE, 480, "Nova College", Modality.IN_CLASS)
        work = Activity(f"work-{week}", Component.WORK, 480, "nursery garden", Modality.IN_CLASS)
        tell(do.AttendLesson(monday, lesson), do.AttendActivity(monday + timedelta(days=1), work))
    tell(*(do.AttendPvtSession(date(2024, 5, 2 + n), f"pvt-{n}", 360) for n in range(2)))
    tell(do.SignParticipationDeclaration(date(2024, 5, 6)), do.HoldProgressInterview(date(2024, 10, 7), "autumn"))
    tell(*(do.LogMapHours(date(2025, 3, 5 + n), f"map-{n}", 480) for n in range(5)))
    tell(*(do.CoverMapTheme(date(2025, 4, 2), theme) for theme in MapTheme))
    tell(
        do.HoldMapInterview(date(2025, 4, 9), True),
        do.HoldFinalInterview(date(2026, 4, 1)),
        do.CompleteRoute(date(2026, 4, 2)),
    )

    for day in (date(2024, 4, 1), date(2025, 1, 1), date(2026, 4, 2)):
        show(day)
    for one in trajectories.hours(person, valid_on=date(2026, 4, 2)).municipalities:
        print(f"\n{one.municipality} reports {one.totals.course.hours} + {one.totals.participation.hours} hours")
