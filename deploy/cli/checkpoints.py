"""The checkpoints `sovinto verify` holds a store against: the platform's own, or a copy that somebody kept."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from deploy.cli.saying import Told
from deploy.folder import CHECKPOINTS
from shared.casestore.as_signed import AsSigned
from shared.casestore.checkpoints import file_of, public_key
from shared.casestore.sinks import read_mark

NONE_YET = "checkpoints: none were signed yet for this store (its notary signs once a minute)"
NO_KEY = (
    "To check --checkpoints, say with --key which notary's public key to believe (its folder has it as notary.pub)."
)


class Named(msgspec.Struct, frozen=True):
    """A file of checkpoints and a file with the notary's public key, as a user names them; None for the platform's."""

    checkpoints: Path | None = None
    key: Path | None = None


class Held(msgspec.Struct, frozen=True):
    """This store's checkpoints, if any were signed; and those of earlier epochs, from before it was restored."""

    signed: AsSigned | None
    earlier: Sequence[AsSigned]
    folder: Path

    @property
    def all(self) -> Sequence[AsSigned]:
        return [*([self.signed] if self.signed else []), *self.earlier]

    def said(self) -> Sequence[str]:
        """What is not a fault and should be known."""
        notes = [_of_earlier(each) for each in self.earlier]
        if self.signed is None:
            notes.append(NONE_YET)
        else:
            mark = file_of(self.folder, self.signed.chain.epoch).with_suffix(".handed-out")
            waiting = self.signed.checkpoints - read_mark(mark) if mark.exists() else 0
            if waiting > 0:
                notes.append(f"checkpoints: {waiting} were not handed out yet; the notary's log says why")
        return notes


def find(home: Path, epoch: UUID, named: Named) -> Held:
    """The checkpoints of this store. Raises Told where what was named cannot be read."""
    folder = home / CHECKPOINTS
    if named.checkpoints and not named.key:
        raise Told(NO_KEY, "no_key")
    here = named.checkpoints or file_of(folder, epoch)
    if not here.exists() and not named.checkpoints:
        return Held(None, (), folder)
    trusted = named.key or folder / "notary.pub"
    try:
        key = public_key(trusted.read_text())
        others = [] if named.checkpoints else sorted(each for each in folder.glob("*.jsonl") if each != here)
        return Held(AsSigned(here, epoch, key), [AsSigned(each, UUID(each.stem), key) for each in others], folder)
    except OSError as gone:
        raise Told(f"{gone.filename} cannot be read: {gone.strerror}.", "not_readable") from None
    except ValueError:
        raise Told(f"{trusted} holds no public key: 32 bytes in base64.", "no_key") from None


def _of_earlier(each: AsSigned) -> str:
    """A restored store goes on from an earlier place, so what was signed after it is no longer there."""
    last = each.chain.last
    if last is None:
        return f"checkpoints of an earlier epoch {each.chain.epoch}: they cannot be read"
    differs = min((fault.position for fault in each.faults if fault.position), default=last.last + 1)
    return (
        f"checkpoints of an earlier epoch, until {last.at:%Y-%m-%d %H:%M} UTC: this store is as they signed it up to "
        f"position {differs - 1} of {last.last}; what came after was lost when it was restored, or was replaced"
    )
