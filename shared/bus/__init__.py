"""The bus: the one place that knows Kafka's options. The relay sends the log out; groups hear it and decide."""

from shared.bus.asking import Asking
from shared.bus.commands import Listener, forget_answered
from shared.bus.consumer import Consumer
from shared.bus.hears import Decide, Hears, StreamId
from shared.bus.relay import Relay

__all__ = ["Asking", "Consumer", "Decide", "Hears", "Listener", "Relay", "StreamId", "forget_answered"]
