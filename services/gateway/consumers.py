"""What the gateway hears: nothing. It decides only when a person asks, and what it shows it reads from the store."""

from shared.bus import Hears

hears = Hears("gateway")
