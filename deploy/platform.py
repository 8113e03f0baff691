"""What the platform is made of when one machine runs it: the store, the relay, five services, and who they talk to."""

import base64
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from deploy.children import Child, Role
from deploy.embedded.process import Failed
from deploy.embedded.secrets import notary_key
from deploy.folder import CHECKPOINTS
from deploy.ports import free_port, two_free_ports
from deploy.supervisor import Supervisor
from shared.casestore import SERVICES, install
from shared.casestore.install import OtherShape

PORTAL_PORT = 8080
PROVIDERS = ("SOVINTO_SMTP", "SOVINTO_SMS_URL", "SOVINTO_PRINT_URL", "SOVINTO_REGISTRY_URL")
DEMO_BORN = datetime(2025, 1, 2, 4, 0, tzinfo=UTC)  # A Thursday: nothing in a demo depends on today.


class World(msgspec.Struct, frozen=True):
    """Where the outside answers: the stand-ins, or real providers named in the environment."""

    smtp: str
    sms_url: str
    print_url: str
    registry_url: str
    standins: int = 0  # Where our own stand-ins are to answer: SMTP here, HTTP on the next port. 0: none are run.

    @classmethod
    def from_environment(cls) -> "World":
        """The providers a live platform is told of; what is not named is not there."""
        smtp, sms, printing, registry = (os.environ.get(name, "") for name in PROVIDERS)
        return cls(smtp, sms, printing, registry)

    @property
    def missing(self) -> Sequence[str]:
        """The variables that would name the providers nobody named."""
        told = (self.smtp, self.sms_url, self.print_url, self.registry_url)
        return [name for name, where in zip(PROVIDERS, told, strict=True) if not where]

    def with_standins(self) -> "World":
        """The same, with stand-ins of our own for every provider that was not named."""
        if not self.missing:
            return self
        port = two_free_ports()
        http = f"http://127.0.0.1:{port + 1}"
        smtp = self.smtp or f"127.0.0.1:{port}"
        return World(smtp, self.sms_url or http, self.print_url or http, self.registry_url or http, port)


class Platform:
    """Says what to run once the servers answer. Give `prepare` to a Supervisor.

    Args:
        world: where letters, messages and credit checks go.
        born: the first moment of a demo store; None for a live one.
        portal: the gateway's port; 0 takes the first free one from 8080 on.
        without: names of services not to start, for tests.
    """

    def __init__(self, world: World, born: datetime | None, portal: int = 0, without: Sequence[str] = ()) -> None:
        self.world, self.born, self.without = world, born, without
        self.ports = {name: free_port() for name in ("relay", "notary", *SERVICES)}
        self.ports["gateway"] = portal or free_port(PORTAL_PORT)
        self.operator_key = ""

    @property
    def portal(self) -> str:
        """Where people and clients look."""
        return f"http://127.0.0.1:{self.ports['gateway']}"

    async def prepare(self, servers: Supervisor) -> Sequence[Child]:
        """Install the store where it is missing, and list the processes."""
        try:
            installed = await install(servers.database_url, servers.secret, self.born)
        except ValueError:
            raise Failed(DEMO_HERE if self.born is None else LIVE_HERE) from None
        except OtherShape as other:
            raise Failed(str(other)) from None
        self.operator_key = f"sov_operator_{servers.secret('operator_key')}"
        notary = f"http://127.0.0.1:{self.ports['notary']}"
        servers.publish(portal=self.portal, notary=notary, live=self.born is None, **self._outside())
        roles = dict(installed.urls)
        common = self._common(servers)
        children = self._standins()
        relay_env = {**common, "SOVINTO_DATABASE_URL": roles["relay"], "SOVINTO_PORT": str(self.ports["relay"])}
        relay = [sys.executable, "-m", "shared.bus"]
        children.append(Child("relay", relay, relay_env, self.ports["relay"], "relay"))
        children.append(self._notary(servers, common, roles["notary"]))
        for name in SERVICES:
            if name in self.without:
                continue
            env = {**common, "SOVINTO_DATABASE_URL": roles[name], "SOVINTO_PORT": str(self.ports[name])}
            if name == "intake":
                # Beside the checkpoints and outside of the database, so that no restored backup takes it back.
                env["SOVINTO_ERASURES"] = str(servers.home / "erasures.jsonl")
            if name == "gateway":
                env["SOVINTO_AUDIENCE_URLS"] = f"client={roles['client']} staff={roles['staff']}"
                env["SOVINTO_OPERATOR_KEY"] = self.operator_key
            role: Role = "gateway" if name == "gateway" else "service"
            children.append(Child(name, [sys.executable, "-m", f"services.{name}"], env, self.ports[name], role))
        return children

    def _notary(self, servers: Supervisor, common: Mapping[str, str], database_url: str) -> Child:
        """The notary: nobody waits for it to be ready, for one that found a difference is not, and the work goes on."""
        notary_env = {
            **_kept_environment(),
            "SOVINTO_DATABASE_URL": database_url,
            "SOVINTO_NOTARY_KEY": notary_key(servers.secret),
            "SOVINTO_CHECKPOINTS": str(servers.home / CHECKPOINTS),
            "SOVINTO_CHECKPOINTS_URL": os.environ.get("SOVINTO_CHECKPOINTS_URL", ""),
            "SOVINTO_INTERNAL_TOKEN": common["SOVINTO_INTERNAL_TOKEN"],
            "SOVINTO_PORT": str(self.ports["notary"]),
            "PYTHONUNBUFFERED": "1",
        }
        return Child("notary", [sys.executable, "-m", "shared.casestore"], notary_env, None, "relay")

    def _standins(self) -> list[Child]:
        """Our own stand-ins, where the world has them: first to come and last to go, for all others talk to them."""
        port = self.world.standins
        if not port:
            return []
        argv = [sys.executable, "-m", "deploy.standins", "--port-base", str(port)]
        return [Child("standins", argv, _kept_environment(), port + 1, "relay")]

    def _outside(self) -> Mapping[str, object]:
        """Where whoever plays the world finds the stand-ins."""
        port = self.world.standins
        return {"standins": {"smtp": f"127.0.0.1:{port}", "http": f"http://127.0.0.1:{port + 1}"}} if port else {}

    def _common(self, servers: Supervisor) -> Mapping[str, str]:
        """What every process is told. Nothing else of our own environment reaches it but where Python is."""
        documents = servers.home / "documents"
        documents.mkdir(mode=0o700, exist_ok=True)
        urls = " ".join(f"{name}=http://127.0.0.1:{self.ports[name]}" for name in ("notary", *SERVICES))
        return {
            **_kept_environment(),
            "SOVINTO_KAFKA": servers.kafka,
            "SOVINTO_MASTER_KEY": base64.b64encode(sha256(servers.secret("master_key").encode()).digest()).decode(),
            "SOVINTO_INTERNAL_TOKEN": servers.secret("internal_token"),
            "SOVINTO_DOCUMENTS": str(documents),
            "SOVINTO_LIVE": "1" if self.born is None else "0",
            "SOVINTO_SERVICES": urls,
            "SOVINTO_SMTP": self.world.smtp,
            "SOVINTO_SMS_URL": self.world.sms_url,
            "SOVINTO_PRINT_URL": self.world.print_url,
            "SOVINTO_REGISTRY_URL": self.world.registry_url,
            "PYTHONUNBUFFERED": "1",
        }


KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH", "OTEL_EXPORTER_OTLP_ENDPOINT", "SOVINTO_INSTANCE", "SOVINTO_LAW_OVERLAY")
DEMO_HERE = (
    "This folder holds a demo's store, which never becomes live. Name a new one: SOVINTO_HOME=… sovinto run --live"
)
LIVE_HERE = "This folder holds a live store. Start it with: sovinto run --live"


def _kept_environment() -> Mapping[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ}
