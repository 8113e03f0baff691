"""What a process is told by its environment, read once. Secrets come only from here."""

import os
from pathlib import Path

import msgspec

from shared.sealing import master_key


class Settings(msgspec.Struct, frozen=True):
    """One service's settings. URLs have no trailing slash; every one is on a network of ours."""

    service: str
    database_url: str  # As the service's own role.
    kafka: str
    master: bytes
    internal_token: str  # What services show each other; people and clients never see it.
    port: int
    documents: Path
    erasures: Path | None = None  # Intake's list of who was erased, outside of the database and its backups.
    instance: str = ""  # This process's own name among its service's, where it keeps one over restarts.
    live: bool = False
    services: dict[str, str] = {}  # Where the others answer, by name.
    law_overlay: Path | None = None
    registry_url: str = ""
    smtp: str = ""  # host:port
    sms_url: str = ""
    print_url: str = ""
    audience_urls: dict[str, str] = {}  # The gateway's database URLs as client and as staff.

    @classmethod
    def read(cls, service: str) -> "Settings":
        """From SOVINTO_* variables. Raises KeyError naming the one that is missing."""
        env = os.environ
        overlay, erasures = env.get("SOVINTO_LAW_OVERLAY"), env.get("SOVINTO_ERASURES")
        return cls(
            service=service,
            database_url=env["SOVINTO_DATABASE_URL"],
            kafka=env["SOVINTO_KAFKA"],
            master=master_key(env["SOVINTO_MASTER_KEY"]),
            internal_token=env["SOVINTO_INTERNAL_TOKEN"],
            port=int(env["SOVINTO_PORT"]),
            documents=Path(env["SOVINTO_DOCUMENTS"]),
            erasures=Path(erasures) if erasures else None,
            instance=env.get("SOVINTO_INSTANCE", ""),
            live=env.get("SOVINTO_LIVE") == "1",
            services=_named(env.get("SOVINTO_SERVICES", "")),
            law_overlay=Path(overlay) if overlay else None,
            registry_url=env.get("SOVINTO_REGISTRY_URL", ""),
            smtp=env.get("SOVINTO_SMTP", ""),
            sms_url=env.get("SOVINTO_SMS_URL", ""),
            print_url=env.get("SOVINTO_PRINT_URL", ""),
            audience_urls=_named(env.get("SOVINTO_AUDIENCE_URLS", "")),
        )


def _named(text: str) -> dict[str, str]:
    """`intake=http://… contact=http://…` as a dict."""
    return dict(part.split("=", 1) for part in text.split())
