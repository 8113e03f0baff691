"""The few kinds of failure there are. `shared/README.md` says what each becomes over HTTP and over Kafka."""


class Refused(Exception):
    """A rule said no. Final for this request; the text is for the person who asked."""

    def __init__(self, what: str, code: str = "refused") -> None:
        super().__init__(what)
        self.code = code


class NotFound(Exception):
    """There is no such thing, or not for you: the two are not told apart."""


class Conflict(Exception):
    """A stream that was read has moved on. The entry runs the handler again on what is now true.

    `blind` where one is there that was never read: then nobody need have come first, and running again may not help.
    """

    def __init__(self, what: str = "", *, blind: bool = False) -> None:
        super().__init__(what)
        self.blind = blind


class Away(Exception):
    """A server we need does not answer. Tried again with back-off; nothing is skipped meanwhile."""


class NotUnderstood(Exception):
    """A stream holds an event newer than this service, one that may not be ignored. It waits for the upgrade."""
