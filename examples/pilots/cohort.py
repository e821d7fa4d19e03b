"""All six pilots together: the table of the evaluation, computed from the recorded facts."""

from zroute_core.domain.instruments import PILOT_LANGUAGE, PILOT_SELF_RELIANCE
from zroute_core.domain.values import EndReason
from zroute_core.pilots import EVALUATED_ON, FACTSHEET, PROGRAMMES, SPREAD_NOTE, record_all

with record_all("memory:") as trajectories:
    cohort = trajectories.cohort(valid_on=EVALUATED_ON)

print(SPREAD_NOTE)
print(f"\nParticipants: {cohort.participants} (factsheet: {FACTSHEET.participants})")
for reason, number in sorted(cohort.ended.items(), key=lambda item: -item[1]):
    meaning = " (still there when the pilot ended)" if reason is EndReason.COMPLETED else ""
    print(f"  ended, {reason.value}{meaning}: {number}")

for instrument, stated in (
    (PILOT_LANGUAGE, FACTSHEET.language_change),
    (PILOT_SELF_RELIANCE, FACTSHEET.self_reliance_change),
):
    print(f"\n{instrument.name}, scale {instrument.lowest}-{instrument.highest}")
    print(f"mean change from {cohort.first.value} to {cohort.last.value}, over people measured at both moments")
    places = [(None, "all together"), *((one.municipality, one.name) for one in PROGRAMMES)]
    for code, name in places:
        mean = cohort.mean(instrument, code)
        if mean.change is not None:
            beside = f"factsheet {stated:+}" if code is None else "made up"
            print(f"  {name:20} {float(mean.change):+.2f}   n = {mean.n:2}   {beside}")
    for domain in instrument.domains:
        mean = cohort.mean(instrument, domain=domain)
        if mean.change is not None:
            print(f"    {domain:24} {float(mean.change):+.2f}   n = {mean.n:2}   made up")
