"""The channels a claim comes in by: files in, invoices out."""

from services.intake.channels.invoice import FileRead


def read(raw: bytes) -> FileRead:
    """The invoices of a file, whichever format it is in. Raises Unreadable where the whole file cannot be read."""
    raise NotImplementedError
