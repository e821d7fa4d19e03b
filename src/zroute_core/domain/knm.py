"""Kennis van de Nederlandse maatschappij (KNM): what its lessons are about, by the end terms of the day.

In the Z-route the lessons are part of the course hours, and no examination is asked (R-Z-04).
"""

from __future__ import annotations

from datetime import date

from zroute_core.domain.programme import Dated

END_TERMS: Dated[tuple[str, ...]] = Dated(
    (
        (date(2022, 1, 1), ()),
        (
            date(2025, 7, 1),
            (
                "werk en inkomen",
                "omgangsvormen, waarden en normen",
                "wonen",
                "gezondheid",
                "geschiedenis en geografie",
                "instanties",
                "staatsinrichting en rechtsstaat",
                "onderwijs en opvoeding",
            ),
        ),
    )
)
"""The themes in force on a day, as the end terms name them (eindtermen KNM). Since 1 July 2025 there are eight (Stcrt.
2024, 15802 [S]); those before could not be read, and are left empty rather than guessed."""
