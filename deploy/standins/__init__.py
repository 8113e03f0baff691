"""The world outside, for tests and the demo: mail, SMS, print house and credit registry that keep every request."""

from deploy.standins.world import World, standins

__all__ = ["World", "standins"]
