"""Messages: what an SMS or an e-mail to a debtor or a client says, in its language."""
