"""The words a fact is made of. Each carries the Dutch term it stands for."""

from __future__ import annotations

from datetime import date, time
from enum import Enum
from typing import Annotated

import attrs

from zroute_core.checking import Among, Code, Text, Whole, checked
from zroute_core.errors import InvalidDuration, InvalidMunicipalityCode

Minutes = Annotated[int, Whole(1, 24 * 60, InvalidDuration)]
"""Whole minutes of one day: 1 to 1440. Not attending is a fact of its own, never an attendance of 0."""

Amount = Annotated[int, Whole(0, 10_000_000)]
"""A total in whole minutes, from 0; the upper bound only keeps nonsense out."""

Key = Annotated[str, Text(100, joiners=False)]
"""A name the municipality gives to something that happens once: a lesson, an internship, a group."""

Line = Annotated[str, Text(200)]
"""A short text on one line."""

Note = Annotated[str, Text(2000, lines=True)]
"""A longer text, for people. Never the place for names, numbers or health details of a person, and kept out of every
`repr` all the same: what people type does not end in logs."""

MunicipalityCode = Annotated[str, Code(4, InvalidMunicipalityCode)]
"""CBS municipality code (gemeentecode), four digits, for instance 0392 for Haarlem."""


class Regime(Enum):
    """Under which rules a trajectory runs."""

    PILOT = "pilot"
    """The pilots of 2020-2021: people dispensed under the old act (ontheven op grond van AGI), without a duty."""
    WI2021 = "wi2021"
    """Wet inburgering 2021, in force since 1 January 2022 (Stb. 2021, 586)."""


class TargetGroup(Enum):
    """Doelgroepindeling: the two groups the act knows (DUO Inburgeringsplicht 1.2.2)."""

    ASYLUM_STATUS_HOLDER = "asylum-status-holder"
    """Asielstatushouder."""
    FAMILY_OR_OTHER_MIGRANT = "family-or-other-migrant"
    """Gezinsmigrant en overige migrant."""


class Component(Enum):
    """Onderdeel: what a programme is made of."""

    LANGUAGE = "language"
    """Taalles: Dutch as a second language (NT2)."""
    LITERACY = "literacy"
    """Alfabetisering."""
    SOCIETY = "society"
    """Kennis van de Nederlandse maatschappij (KNM)."""
    WORKSHOP = "workshop"
    EXCURSION = "excursion"
    """Excursie, uitje."""
    SPORT = "sport"
    PRACTICE_ASSIGNMENT = "practice-assignment"
    """Praktijkopdracht."""
    VOLUNTEERING = "volunteering"
    """Vrijwilligerswerk."""
    WORK = "work"
    """Werk."""
    TRAINING = "training"
    """Training, for instance money (Eurowijzer, budgetcoaching), digital skills (DigiSterker), health (Mindfit)."""
    LANGUAGE_INTERNSHIP = "language-internship"
    """Taalstage."""
    WORK_INTERNSHIP = "work-internship"
    """Stage."""
    COACHING = "coaching"
    """One to one guidance (1-op-1 begeleiding)."""
    LANGUAGE_BUDDY = "language-buddy"
    """Taalmaatje."""
    PVT = "pvt"
    """Participatieverklaringstraject: the participation declaration track."""
    MAP = "map"
    """Module Arbeidsmarkt en Participatie: its practical part."""


LESSONS = frozenset({Component.LANGUAGE, Component.LITERACY, Component.SOCIETY})
"""Components taught as lessons: their minutes are course hours (cursusuren)."""

INTERNSHIPS = frozenset({Component.LANGUAGE_INTERNSHIP, Component.WORK_INTERNSHIP})

OF_ITS_OWN = frozenset({Component.COACHING, Component.LANGUAGE_BUDDY, Component.PVT, Component.MAP})
"""Components that have facts of their own."""

ACTIVITIES = frozenset(Component) - LESSONS - INTERNSHIPS - OF_ITS_OWN
"""Components taken part in (participatieactiviteiten)."""


class Modality(Enum):
    """Lesvorm: where it happens."""

    IN_CLASS = "in-class"
    """Klassikaal, offline."""
    ONLINE = "online"
    MIXED = "mixed"
    """Part of it in class, part of it online."""


class Setting(Enum):
    """Groepsvorm: with how many."""

    GROUP = "group"
    """The whole group (klassikaal)."""
    TALK_GROUP = "talk-group"
    """A small group to practise speaking (praatgroep)."""
    ONE_TO_ONE = "one-to-one"


class IntakePart(Enum):
    """The parts of the broad intake (Wi2021 art. 14 lid 3 [S], R-BI-01)."""

    LEARNING_ABILITY = "learning-ability"
    """Leerbaarheidstoets."""
    EDUCATION_AND_WORK = "education-and-work"
    """Onderwijs- en werkervaring."""
    PERSONAL_CIRCUMSTANCES = "personal-circumstances"
    """Persoonlijke omstandigheden. What was found stands elsewhere: only that it was asked stands here."""


class AbsenceReason(Enum):
    """Reden van verzuim, without any detail about a person's health."""

    ILL = "ill"
    CHILDCARE = "childcare"
    APPOINTMENT = "appointment"
    WORK = "work"
    NO_DEVICE = "no-device"
    """Could not take part online."""
    OTHER_ACCEPTED = "other-accepted"
    """Another reason that was accepted (geoorloofd verzuim)."""
    NOT_GIVEN = "not-given"
    """No reason given or accepted (ongeoorloofd verzuim)."""


class CancellationReason(Enum):
    """Why the provider or municipality called something off."""

    PANDEMIC = "pandemic"
    """The corona measures of 2020-2021 cancelled most excursions (factsheet)."""
    PROVIDER = "provider"
    TOO_FEW = "too-few-participants"
    WEATHER = "weather"
    OTHER = "other"


class EndReason(Enum):
    """Why a trajectory, internship, membership or match came to its end."""

    COMPLETED = "completed"
    FOUND_WORK = "found-work"
    MOVED = "moved"
    HEALTH = "health"
    CHANGED_GROUP = "changed-group"
    NO_SHOW = "no-show"
    OWN_CHOICE = "own-choice"
    PANDEMIC = "pandemic"
    DIED = "died"
    OTHER = "other"


class InterruptionReason(Enum):
    """Why a trajectory stands still for a while."""

    ILLNESS = "illness"
    CHILDBIRTH = "childbirth"
    ABROAD = "abroad"
    PANDEMIC = "pandemic"
    OTHER = "other"


class Moment(Enum):
    """Meetmoment: the moments of measurement, in order."""

    T0 = "T0"
    """Nulmeting: baseline."""
    T1 = "T1"
    """Tussenmeting: midway."""
    T2 = "T2"
    """Eindmeting: final measurement."""


class Answer(Enum):
    """What a participant said. Not asked, or no clear answer, is a value of its own."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@attrs.frozen(field_transformer=checked)
class Lesson:
    """One lesson as it was given: whoever attended it shares its key."""

    key: Key
    component: Annotated[Component, Among(LESSONS)]
    minutes: Minutes
    provider: Line
    modality: Modality
    setting: Setting = Setting.GROUP
    group: Key | None = None
    theme: Line | None = None
    starts: time | None = None
    """Local time of day. A lesson ends on the day it began."""
    in_intake: bool = False
    """Given during the broad intake: a total of its own in the exchange with DUO (R-Z-08)."""

    def __attrs_post_init__(self) -> None:
        _ends_on_its_day(self.starts, self.minutes, "Lesson.starts")


@attrs.frozen(field_transformer=checked)
class Activity:
    """One participation activity (participatieactiviteit): whoever took part shares its key."""

    key: Key
    component: Annotated[Component, Among(ACTIVITIES)]
    minutes: Minutes
    provider: Line
    modality: Modality
    theme: Line | None = None
    interpreter: bool = False
    """An interpreter was present (met tolk)."""
    language_rich: bool = False
    """Somebody judged that what was learnt in the lessons was practised here (taalrijke leeromgeving)."""
    starts: time | None = None

    def __attrs_post_init__(self) -> None:
        _ends_on_its_day(self.starts, self.minutes, "Activity.starts")


@attrs.frozen(field_transformer=checked)
class Internship:
    """An internship (stage, taalstage) with its host (stagebedrijf) and who arranged it."""

    key: Key
    component: Annotated[Component, Among(INTERNSHIPS)]
    host: Line
    arranged_by: Line


@attrs.frozen(field_transformer=checked)
class Group:
    """A group of participants at one level; its key is known to all of them."""

    key: Key
    level: Line
    """As the teacher calls it, for instance "alfa" or "pre-A1": data, not a scale."""
    provider: Line


@attrs.frozen(field_transformer=checked)
class Guide:
    """A fixed contact (vast aanspreekpunt). `key` is the municipality's own reference, never a name."""

    key: Key
    role: Line
    """The local title: work coach (werkcoach), case director (casusregisseur), ..."""


@attrs.frozen(field_transformer=checked)
class LearningGoal:
    """Leerdoel: what the participant wants to be able to do."""

    key: Key
    text: Note = attrs.field(repr=False)


@attrs.frozen(field_transformer=checked)
class PlannedComponent:
    """A component of the plan with its intensity."""

    component: Component
    minutes_a_week: Amount
    """Planned whole minutes a week; 0 when it is offered without a fixed rhythm."""
    provider: Line | None = None
    note: Line | None = None


@attrs.frozen(field_transformer=checked)
class Agreement:
    """Afspraak: something that somebody is to do."""

    key: Key
    text: Note = attrs.field(repr=False)
    due: date | None = None


@attrs.frozen(field_transformer=checked)
class Score:
    """One score in one domain or skill of an instrument."""

    domain: Key
    score: Annotated[int, Whole(-1000, 1000)]


def _ends_on_its_day(starts: time | None, minutes: int, field: str) -> None:
    if starts is not None and starts.hour * 60 + starts.minute + minutes > 24 * 60:
        raise InvalidDuration("ends after midnight: record the two days apart", field=field)
