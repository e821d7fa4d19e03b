"""What the strategies draw from: a short stretch of days, few keys, a few notes."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

FIRST = date(2022, 2, 1)
LAST = date(2023, 6, 30)

days: SearchStrategy[date] = st.dates(FIRST, LAST)
keys: SearchStrategy[str] = st.sampled_from(["a", "b", "c"])
"""Few keys, so that the same lesson, group or internship comes back."""
minutes: SearchStrategy[int] = st.integers(1, 240)
notes: SearchStrategy[str] = st.sampled_from(["was wrong", "was anders", "كان خطأ", "O"])
