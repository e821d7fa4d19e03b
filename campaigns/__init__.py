"""Long runs against the stores: kill, cut, refuse, damage, fill and race them, and hold what is left to the promises.

The tests in `tests/faults` run each of these for a bounded time with a fixed seed; `python -m campaigns` runs them
with ever new seeds for as long as one likes.
"""
