"""The ways out: one file a provider, all answering the same three things."""
