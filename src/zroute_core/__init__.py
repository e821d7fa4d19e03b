"""Z-route trajectories as append-only histories, folded into progress and personalised plans.

    trajectories = zroute_core.open("sqlite:///zroute.db")
    trajectories.handle(participant, HoldIntake(...), by=Actor(...))
    trajectories.progress(participant)

Commands, facts and values live in `zroute_core.domain`; the rooms are described in docs/explanation/architecture.md.
"""

from zroute_core.errors import ZRouteError
from zroute_core.kernel.log import Actor
from zroute_core.opening import open  # noqa: A004  the word people know
from zroute_core.trajectories import Participant, Receipt, Trajectories
from zroute_core.viewing import Views, open_views

__all__ = ["Actor", "Participant", "Receipt", "Trajectories", "Views", "ZRouteError", "open", "open_views"]
