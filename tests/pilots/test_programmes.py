"""What the factsheet says of each municipality, by hand, held against the programmes."""

from collections import Counter

import pytest

from zroute_core.domain.programme import Offered, Programme
from zroute_core.domain.values import Component, Modality, Setting
from zroute_core.pilots import PROGRAMMES
from zroute_core.pilots.story import CHOSEN, FACTSHEET


def line(
    component: Component,
    provider: str | None = None,
    *,
    name: str | None = None,
    modality: Modality | None = None,
    setting: Setting | None = None,
    themes: tuple[str, ...] = (),
    interpreter: bool = False,
) -> Offered:
    return Offered(component, provider, FACTSHEET, name, modality, setting, themes, interpreter)


ONLINE, MIXED = Modality.ONLINE, Modality.MIXED
ONE_TO_ONE = Setting.ONE_TO_ONE
OUTINGS = "Excursies en participatieactiviteiten zijn veelal komen te vervallen door corona"
ALL_ONLINE = "Hele programma online"

SAID: dict[str, tuple[tuple[Offered, str], ...]] = {
    "Best": (
        (line(Component.LANGUAGE, "WSD", modality=MIXED), "Taallessen door WSD, wisselend online en offline"),
        (line(Component.LANGUAGE_INTERNSHIP, "WSD"), "Taalstages m.n. bij WSD"),
        (
            line(Component.TRAINING, themes=("society", "current affairs"), interpreter=True),
            "Training over maatschappelijke thema's en actualiteit met tolk",
        ),
        (line(Component.COACHING, "Yalla!", name="Yalla!Coaching", setting=ONE_TO_ONE), "1-op-1 Yalla!Coaching"),
        (line(Component.EXCURSION), OUTINGS),
    ),
    "Midden-Groningen": (
        (line(Component.LANGUAGE), "Taallessen in twee groepen ingedeeld op taalniveau"),
        (line(Component.LANGUAGE), "Taallessen in twee groepen ingedeeld op taalniveau"),
        (line(Component.WORKSHOP), "Workshops over wisselende thema's"),
        (line(Component.WORKSHOP, name="budgetcoaching"), "Workshop budgetcoaching is structureel"),
        (line(Component.COACHING, "work coach", setting=ONE_TO_ONE), "1-op-1 begeleiding door werkcoach"),
        (line(Component.EXCURSION), OUTINGS),
    ),
    "Enschede": (
        (line(Component.LANGUAGE, "ROC"), "Taallessen door ROC, met huiswerkopdrachten"),
        (line(Component.LANGUAGE_BUDDY), "en soms taalmaatjes"),
        (line(Component.TRAINING, "M-Pact", themes=("society",)), "Maatschappelijke training door M-Pact"),
        (
            line(Component.SPORT, "Sportaal", name="LifeGoals", themes=("sport", "language", "wellbeing")),
            "LifeGoals door Sportaal combineert sport, taal en welzijn",
        ),
        (line(Component.EXCURSION), OUTINGS),
    ),
    "Velsen": (
        (line(Component.LANGUAGE, "VWN", modality=ONLINE, setting=Setting.GROUP), "Taallessen door VWN klassikaal"),
        (
            line(Component.LANGUAGE, "VWN", modality=ONLINE, setting=Setting.TALK_GROUP),
            "Taallessen door VWN in kleine praatgroepjes",
        ),
        (
            line(Component.COACHING, "participation coach", modality=ONLINE, setting=ONE_TO_ONE),
            "1-op-1 participatiecoaches",
        ),
        (
            line(Component.TRAINING, "Mindfit", name="Mindfit", modality=ONLINE, themes=("(mental) health",)),
            "Aandacht voor (mentale) gezondheid door Mindfit",
        ),
        (line(Component.TRAINING, name="Eurowijzer", modality=ONLINE), "ook Eurowijzer"),
        (line(Component.EXCURSION, modality=ONLINE), OUTINGS),
    ),
    "Berg en Dal": (
        (line(Component.LANGUAGE, "VWN"), "Taallessen door VWN, begeleiding taalmaatje"),
        (line(Component.LANGUAGE_BUDDY), "begeleiding taalmaatje"),
        (line(Component.WORK), "participatieactiviteiten per individu (bijv. werk en praktijkopdrachten)"),
        (
            line(Component.PRACTICE_ASSIGNMENT),
            "participatieactiviteiten per individu (bijv. werk en praktijkopdrachten)",
        ),
        (line(Component.TRAINING, name="Eurowijzer"), "Training Eurowijzer, DigiSterker e.a."),
        (line(Component.TRAINING, name="DigiSterker"), "Training Eurowijzer, DigiSterker e.a."),
        (line(Component.TRAINING), "Training Eurowijzer, DigiSterker e.a."),
        (line(Component.COACHING, "case director"), "Twee casusregisseurs"),
        (line(Component.EXCURSION), OUTINGS),
    ),
    "Haarlem": (
        (line(Component.LANGUAGE, "Nova College"), "twee groepen door twee taalscholen: Nova College en INTK"),
        (line(Component.LANGUAGE, "INTK"), "twee groepen door twee taalscholen: Nova College en INTK"),
        (line(Component.LANGUAGE_INTERNSHIP, "Agros"), "Agros organiseert taalstages"),
        (
            line(Component.COACHING, "Agros", setting=ONE_TO_ONE),
            "1-op-1 coaching door re-integratieconsulenten van Agros",
        ),
        (line(Component.EXCURSION), OUTINGS),
    ),
}
"""Each line, and the words it stands on."""

DUTCH = {
    "society": "maatschappelijke",
    "current affairs": "actualiteit",
    "work coach": "werkcoach",
    "language": "taal",
    "wellbeing": "welzijn",
    "participation coach": "participatiecoaches",
    "(mental) health": "(mentale) gezondheid",
    "case director": "casusregisseurs",
    MIXED.value: "wisselend online en offline",
    ONLINE.value: "hele programma online",
    ONE_TO_ONE.value: "1-op-1",
    Setting.GROUP.value: "klassikaal",
    Setting.TALK_GROUP.value: "praatgroepjes",
}
"""Our word for theirs; what is not here stands there as it is."""

each = pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda one: one.name)


def essence(offered: Offered) -> tuple[object, ...]:
    it = offered
    return it.component, it.provider, it.name, it.modality, it.setting, it.themes, it.interpreter


@each
def test_the_factsheet_lines_say_what_the_factsheet_says_and_no_more(programme: Programme) -> None:
    given = Counter(essence(one) for one in programme.offer if one.source == FACTSHEET)
    assert given == Counter(essence(one) for one, _ in SAID[programme.name])


@pytest.mark.parametrize(
    ("offered", "words"),
    [pytest.param(one, words, id=f"{name}: {words}") for name, said in SAID.items() for one, words in said],
)
def test_every_word_of_a_factsheet_line_stands_in_the_factsheet(offered: Offered, words: str) -> None:
    named = [offered.provider, offered.name, *offered.themes]
    how = [one.value for one in (offered.modality, offered.setting) if one is not None]
    text = f"{words}. {ALL_ONLINE}".lower() if offered.modality is ONLINE else words.lower()
    for ours in filter(None, [*named, *how]):
        assert DUTCH.get(ours, ours).lower() in text
    assert offered.interpreter is ("met tolk" in text)


@each
def test_every_line_says_where_it_comes_from(programme: Programme) -> None:
    assert {one.source for one in programme.offer} <= {FACTSHEET, CHOSEN}


def test_velsen_offers_nothing_that_is_not_online() -> None:
    velsen = next(one for one in PROGRAMMES if one.name == "Velsen")
    assert {one.modality for one in velsen.offer} == {ONLINE}


@pytest.mark.parametrize("name", ["Midden-Groningen", "Haarlem"])
def test_two_groups_are_told_apart(name: str) -> None:
    programme = next(one for one in PROGRAMMES if one.name == name)
    notes = {one.note for one in programme.offer if one.component is Component.LANGUAGE and one.source == FACTSHEET}
    assert {note.partition(" two groups")[0] for note in notes} == {"the first of", "the second of"}


def test_berg_en_dal_has_two_case_directors() -> None:
    assert len(next(one for one in PROGRAMMES if one.name == "Berg en Dal").guides) == 2
