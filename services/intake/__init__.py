"""Intake: takes claims in, checks them, and accepts or refuses each with its reason."""
