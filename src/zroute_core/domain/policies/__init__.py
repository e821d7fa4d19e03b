"""The rules, each a function named after the sentence it upholds; a file for each subject.

A policy looks at a proposed fact, at the trajectory as it was before that fact, at the programme and at the day on
which the fact is said, and answers whether the sentence is upheld. The same function judges a command before it is
recorded and any history afterwards, so each rule is written once.

Evidence decides what an objection does: V and S refuse, I and M only warn. H marks what no law says and a record needs
all the same: a history that contradicts itself proves nothing.
"""

from zroute_core.domain.policies.completion import COMPLETION_POLICIES
from zroute_core.domain.policies.keeping import ACT_KEEPERS
from zroute_core.domain.policies.pip import PIP_POLICIES
from zroute_core.domain.policies.record import FIRST_POLICIES
from zroute_core.domain.policies.stating import ALWAYS, FACTSHEET, policy
from zroute_core.domain.policies.support import SUPPORT_POLICIES

ACT_POLICIES = (*FIRST_POLICIES, *PIP_POLICIES, *COMPLETION_POLICIES, *SUPPORT_POLICIES)
"""The policies of a programme under the Wet inburgering 2021."""

__all__ = ["ACT_KEEPERS", "ACT_POLICIES", "ALWAYS", "FACTSHEET", "FIRST_POLICIES", "policy"]
