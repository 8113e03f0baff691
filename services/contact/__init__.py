"""Contact: what is said to a debtor, when, by which channel, and why or why not."""
