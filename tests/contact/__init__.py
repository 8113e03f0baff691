"""Tests of contact: what is said to people, when, and what never is."""
