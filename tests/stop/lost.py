"""The same, with providers that take a message and do not say so, and are asked later what came of it."""

from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.contact.asking import CASE, PARTY
from tests.contact.people import CLIENT
from tests.stop.machine import SAID, TURNS, Interleavings

NEWEST = -1  # Of what is due, that which was set last.


class AnswersAreLost(Interleavings):
    """Whatever is found out later: no message is taken twice, but where a person said that it never left."""

    @rule(turns=TURNS, says=st.sampled_from([*SAID, "nothing"]), whom=st.sampled_from([CASE, PARTY, CLIENT]))
    def an_answer_is_lost_and_asked_for(self, turns: int, says: str, whom: UUID) -> None:
        """A message is taken and nobody hears of it; the provider is asked, and others come first."""
        self.all_is_done()
        self.the_stand_ins(mood="takes and says nothing")
        self.falls_due(which=NEWEST, again=False, at_once=False)
        self.goes_on(which=[0] * turns)
        self.falls_due(which=0, again=True, at_once=True)  # Another process saw it too.
        self.all_is_done()
        self.the_stand_ins(mood="takes")
        for _ in ("the question", "another attempt, if there is one"):
            self.time_passes(seconds=66)
            self.falls_due(which=NEWEST, again=False, at_once=False)
            self.goes_on(which=[0] * turns)
            self.somebody_says(what=says, whom=whom, at_once=True)
            self.all_is_done()
