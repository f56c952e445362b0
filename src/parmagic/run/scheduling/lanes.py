"""The lanes of a record in which workers of the user's ran: nobody says when one begins or ends."""

from __future__ import annotations


class Lane:
    """The place of a worker in the record."""

    def __init__(self, number: int, born: float, ready: float) -> None:
        self.number = number
        self.born = born  # perf_counter, as `ready`
        self.ready = ready
        self.over = 0.0  # when its last chunk was


class Lanes:
    """At most so many lanes as workers that a run is to use.

    An executor may have more workers than that, though not more run at a time.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lanes: dict[object, Lane] = {}  # by who runs chunks

    def find(self, who: object, begun: float, over: float, born: float) -> Lane:
        """Find the lane of a worker: it may be one whose worker has long run nothing.

        Args:
            who: The worker, by its process and thread.
            begun: When it began a chunk, by perf_counter, as the others.
            over: When that was over.
            born: When it can have begun to start, if this was its first.

        """
        lane = self._lanes.get(who)
        if lane is None and len(self._lanes) == self._limit:
            idle = min(self._lanes, key=lambda one: self._lanes[one].over)
            lane = self._lanes[who] = self._lanes.pop(idle)
        elif lane is None:
            ready = begun if born < begun else 0.0
            lane = self._lanes[who] = Lane(len(self._lanes), min(born, ready), ready)
        lane.over = max(lane.over, over)
        return lane
