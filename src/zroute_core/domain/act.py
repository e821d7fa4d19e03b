"""The words of the Wet inburgering 2021, beside the words of the programmes in `values`.

Codes in docstrings are those of DUO's message descriptions of 11 June 2026.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Annotated

from zroute_core.checking import Exact, Text


class Route(Enum):
    """Leerroute (R-DUTY-01, R-DUTY-04)."""

    B1 = "b1"
    """B1-route, code B."""
    EDUCATION = "education"
    """Onderwijsroute, code O."""
    SELF_RELIANCE = "self-reliance"
    """Zelfredzaamheidsroute (Z-route), code Z."""


class PipLevel(Enum):
    """Language level in a PIP (R-DUTY-04). The Z-route carries none."""

    A2 = "A2"
    B1 = "B1"


class ExamLevel(Enum):
    """Level of a language examination."""

    A2 = "A2"
    B1 = "B1"
    B2 = "B2"


class ExamPart(Enum):
    """Examenonderdeel."""

    READING = "reading"
    """Lezen, code LE."""
    LISTENING = "listening"
    """Luisteren, code LU."""
    WRITING = "writing"
    """Schrijven, code SC."""
    SPEAKING = "speaking"
    """Spreken, code SP."""
    SOCIETY = "society"
    """Kennis van de Nederlandse maatschappij, code KNM."""


class LiteracyNeed(Enum):
    """Indicator alfabetiseringsonderwijs (R-Z-06)."""

    ILLITERATE = "illiterate"
    """Analfabeet, code A."""
    OTHER_SCRIPT = "other-script"
    """Anders-gealfabetiseerd, code AA."""
    NOT_APPLICABLE = "not-applicable"
    """Niet van toepassing, code NVT."""


class LearningAbility(Enum):
    """Result of the learning ability test (R-BI-03). Unknown is a result of its own, and never "not reachable"."""

    B1_REACHABLE = "b1-reachable"
    """B1-route haalbaar."""
    B1_NOT_REACHABLE = "b1-not-reachable"
    """B1-route niet haalbaar."""
    UNKNOWN = "unknown"
    """Onbekend."""


TestScore = Annotated[Decimal, Exact(lowest=0, highest=999, places=2)]
"""A score of the learning ability test: 0 to 999.99, exact to two places (DUO pattern: 1-3 digits, comma, 2 digits)."""


class WaiverGround(Enum):
    """Why the learning ability test is lawfully left out (R-BI-06)."""

    VISUAL_IMPAIRMENT = "visual-impairment"
    AUDITORY_IMPAIRMENT = "auditory-impairment"


class GroupChange(Enum):
    """Why the target group changed (R-GRP-04)."""

    ASYLUM_RIGHTS_GRANTED = "asylum-rights-granted"
    """Asielrechten toegekend."""
    ASYLUM_RIGHTS_KEPT = "asylum-rights-kept"
    """Behoud asielrechten."""
    OTHER_RIGHTS_KEPT_ON_REQUEST = "other-rights-kept-on-request"
    """Op verzoek behoud rechten van gezins- en overige migrant."""
    OTHER_RIGHTS_GRANTED_ON_REQUEST = "other-rights-granted-on-request"
    """Op verzoek rechten van gezins- en overige migrant toegekend."""


class ExemptionKind(Enum):
    """Vrijstelling (Wi2021 art. 4)."""

    FULL = "full"
    """Gehele vrijstelling."""
    TEMPORARY = "temporary"
    """Tijdelijke vrijstelling: suspends the duty (R-GRP-07)."""
    PARTIAL = "partial"
    """Gedeeltelijke vrijstelling."""


class ExemptionCode(Enum):
    """DUO's reason code of an exemption."""

    EVIDENTLY_INTEGRATED = "AVI"
    DIPLOMA = "DIP"
    DOCUMENT = "DOC"
    PARTIAL = "GED"
    EARLIER_ACT = "INB"
    ON_REQUEST = "INS"
    EDUCATION = "OPL"


class DispensationKind(Enum):
    """Ontheffing."""

    FULL = "full"
    """Gehele ontheffing."""
    PARTIAL = "partial"
    """Gedeeltelijke ontheffing."""


class DispensationGround(Enum):
    """Ground of a dispensation. The decision and its effect are recorded, never a diagnosis (R-PRIV-02)."""

    MEDICAL = "MED"
    SPECIAL_CIRCUMSTANCES = "BIO"
    """Bijzondere individuele omstandigheden."""


class DutyEndReason(Enum):
    """RedenGeenInburgeringsplicht (R-GRP-06)."""

    FULL_DISPENSATION = "full-dispensation"
    FULL_EXEMPTION = "full-exemption"
    DUTY_MET = "duty-met"
    PURPOSE_OF_STAY_CHANGED = "purpose-of-stay-changed"
    MORE_THAN_A_YEAR_ABROAD = "more-than-a-year-abroad"
    DIED = "died"
    OTHER = "other"
    """Pension age, naturalised."""


class Instance(Enum):
    """Who decided about an objection or appeal against a decision."""

    OBJECTION = "objection"
    """Bezwaar: the municipality itself."""
    COURT = "court"
    """Beroep: rechtbank."""
    HIGHEST_COURT = "highest-court"
    """Hoger beroep: Afdeling bestuursrechtspraak van de Raad van State."""


GroundCode = Annotated[str, Text(10, joiners=False)]
"""DUO's code of an extension ground (verlengingsgrond): at most ten characters; the list comes from DUO (R-TERM-05)."""


class MapTheme(Enum):
    """The eight themes of the MAP (R-MAP-01)."""

    ORIENTATION = "orientation"
    """Beroepenoriëntatie."""
    REALISTIC_PICTURE = "realistic-picture"
    """Realistisch beroepsbeeld."""
    CHANCES = "chances"
    """Beroepskansen."""
    VOCATIONAL_COMPETENCES = "vocational-competences"
    """Beroepscompetenties."""
    EMPLOYEE_COMPETENCES = "employee-competences"
    """Werknemerscompetenties."""
    NETWORK = "network"
    """Netwerk opbouwen."""
    FINDING_WORK = "finding-work"
    """Werk vinden."""
    WORK_CULTURE = "work-culture"
    """Werkcultuur."""


class Permit(Enum):
    """What somebody's stay rests on, as far as financial relief asks (R-ONT-01)."""

    ASYLUM_FIXED_TERM = "asylum-fixed-term"
    """Asylum permit for a fixed term, dependent asylum permits included."""
    REGULAR = "regular"
    """Regular permit, also of family that joined an asylum holder."""


class Sanction(Enum):
    """What can be proposed, and by whom it could be imposed (§1.10 of the rules: R-SAN-01 to R-SAN-05)."""

    INTAKE_WARNING = "intake-warning"
    """Municipality: written warning after the first call."""
    INTAKE_FINE = "intake-fine"
    """Municipality: fixed fine after the second and third call (art. 22)."""
    EFFORT_FINE = "effort-fine"
    """Municipality: duties of the PIP not kept (art. 23)."""
    BENEFIT_MEASURE = "benefit-measure"
    """Municipality: maatregel (Participatiewet)."""
    LATENESS_FINE = "lateness-fine"
    """DUO: the route, PVT or MAP not finished within the term."""
