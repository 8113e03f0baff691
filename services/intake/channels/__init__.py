"""The channels a claim comes in by: files in, invoices out."""

from services.intake.channels import finvoice, invoice_json
from services.intake.channels.invoice import FileRead
from shared.xml import Unreadable, refuse_what_is_not_text


def read(raw: bytes) -> FileRead:
    """The invoices of a file, whichever format it is in. Raises Unreadable where the whole file cannot be
    read.
    """
    refuse_what_is_not_text(raw)
    match raw.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]:
        case b"<":
            return finvoice.read(raw)
        case b"[" | b"{":
            return invoice_json.read(raw)
    raise Unreadable("not_readable", "line 1", "this is neither XML (Finvoice) nor JSON")
