"""The `eventsourcing` library's own test cases and one of its applications, on the case store. None is left out."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import psycopg
import pytest
import pytest_asyncio
from eventsourcing.persistence import DatabaseError, IntegrityError, ProgrammingError, StoredEvent
from eventsourcing.tests import application, persistence
from eventsourcing.tests.application import BankAccounts
from eventsourcing.utils import Environment

from shared.casestore import CaseStore, Installed
from shared.casestore.recorder import (
    CaseStoreAggregateRecorder,
    CaseStoreApplicationRecorder,
    CaseStoreProcessRecorder,
    CaseStoreTrackingRecorder,
    Factory,
)
from shared.casestore.threaded import Connected
from shared.casestore.verify import verify
from tests.casestore.writing import writes


class OnTheCaseStore:
    """A store of its own for each test method."""

    connected: Connected

    @pytest.fixture(autouse=True)
    def connect(self, installed: Installed) -> Iterator[None]:
        self.connected = Connected(installed.urls["library"], "Tested")
        yield
        self.connected.close()


class TestAggregateRecorder(OnTheCaseStore, persistence.AggregateRecorderTestCase):
    def create_recorder(self) -> CaseStoreAggregateRecorder:
        return CaseStoreAggregateRecorder(self.connected)


class TestApplicationRecorder(OnTheCaseStore, persistence.ApplicationRecorderTestCase[CaseStoreApplicationRecorder]):
    def create_recorder(self) -> CaseStoreApplicationRecorder:
        return CaseStoreApplicationRecorder(self.connected)

    def test_insert_subscribe_in_the_library_s_words(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(OnTheCaseStore, persistence.TrackingRecorderTestCase):
    def create_recorder(self) -> CaseStoreTrackingRecorder:
        return CaseStoreTrackingRecorder(self.connected)


class TestProcessRecorder(OnTheCaseStore, persistence.ProcessRecorderTestCase):
    def create_recorder(self) -> CaseStoreProcessRecorder:
        return CaseStoreProcessRecorder(self.connected)


class TestNonInterleavingNotificationIDs(OnTheCaseStore, persistence.NonInterleavingNotificationIDsBaseCase):
    insert_num = 500  # Design §3: an append has "at most 16 streams and 500 events"; the library's case has 1,000.

    def create_recorder(self) -> CaseStoreApplicationRecorder:
        return CaseStoreApplicationRecorder(self.connected)


class AnotherTrackingRecorder(CaseStoreTrackingRecorder):
    pass


class TestFactory(persistence.InfrastructureFactoryTestCase[Factory]):
    @pytest.fixture(autouse=True)
    def environment(self, installed: Installed) -> None:
        url = installed.urls["library"]
        self.env = Environment("Tested", {"PERSISTENCE_MODULE": "shared.casestore.recorder", Factory.URL: url})

    def expected_factory_class(self) -> type[Factory]:
        return Factory

    def expected_aggregate_recorder_class(self) -> type[CaseStoreAggregateRecorder]:
        return CaseStoreAggregateRecorder

    def expected_application_recorder_class(self) -> type[CaseStoreApplicationRecorder]:
        return CaseStoreApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[CaseStoreTrackingRecorder]:
        return CaseStoreTrackingRecorder

    def tracking_recorder_subclass(self) -> type[CaseStoreTrackingRecorder]:
        return AnotherTrackingRecorder

    def expected_process_recorder_class(self) -> type[CaseStoreProcessRecorder]:
        return CaseStoreProcessRecorder


@pytest.fixture
def in_environment(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> Installed:
    monkeypatch.setenv("PERSISTENCE_MODULE", "shared.casestore.recorder")
    monkeypatch.setenv(Factory.URL, installed.urls["library"])
    return installed


@pytest.mark.usefixtures("in_environment")
class TestTheLibrarysExampleApplication(application.ExampleApplicationTestCase):
    """Bank accounts, as they come: opened, credited, their log read, snapshots taken."""

    expected_factory_topic = "shared.casestore.recorder:Factory"


# What the library's cases do not ask.


@pytest.fixture
def recorder(installed: Installed) -> Iterator[CaseStoreApplicationRecorder]:
    connected = Connected(installed.urls["library"], "Tested")
    yield CaseStoreApplicationRecorder(connected)
    connected.close()


def stored(originator: UUID, version: int) -> StoredEvent:
    return StoredEvent(originator, version, "somewhere:Something", b"\x00\xff")


def test_an_application_goes_on_where_it_was(in_environment: Installed) -> None:
    with BankAccounts() as app:
        account = app.open_account(full_name="A", email_address="a@example.org")
    with BankAccounts() as app:
        app.credit_account(account, Decimal(5))
        assert app.get_balance(account) == Decimal(5)


def test_two_applications_of_one_store_see_their_own_events_only(in_environment: Installed) -> None:
    with BankAccounts() as one, BankAccounts(env={"APPLICATION_NAME": "x"}) as same:
        account = one.open_account(full_name="A", email_address="a@example.org")
        assert same.get_balance(account) == Decimal(0)
    other = Connected(in_environment.urls["library"], "Other")
    recorder = CaseStoreApplicationRecorder(other)
    assert recorder.select_events(account) == []
    assert recorder.select_notifications(None, 10) == []
    assert recorder.max_notification_id() is None
    with pytest.raises(IntegrityError):
        recorder.insert_events([stored(account, 1)])
    other.close()


def test_an_application_sees_and_writes_nothing_of_a_case(
    recorder: CaseStoreApplicationRecorder, installed: Installed, a_case: UUID
) -> None:
    assert recorder.connected.fetch("select 1 from casestore.events") == []
    with pytest.raises(IntegrityError):
        recorder.insert_events([stored(a_case, 1)])
    with pytest.raises(DatabaseError, match="permission denied"):
        recorder.connected.fetch("select 1 from casestore.keys")


@pytest_asyncio.fixture
async def a_case(intake: CaseStore) -> UUID:
    case = uuid4()
    await intake.append(writes("intake", "intake.receive_claim", uuid4(), {case: (0, 1)}))
    return case


def test_versions_of_an_originator_leave_no_gap(recorder: CaseStoreApplicationRecorder) -> None:
    originator = uuid4()
    recorder.insert_events([stored(originator, 1)])
    with pytest.raises(IntegrityError, match="has version 1, so 3 is not its next"):
        recorder.insert_events([stored(originator, 3)])
    with pytest.raises(ProgrammingError, match="is a UUID here"):
        recorder.insert_events([StoredEvent("an id in words", 1, "t", b"")])


def test_notifications_are_told_in_the_order_they_were_given_in(recorder: CaseStoreApplicationRecorder) -> None:
    one, two = uuid4(), uuid4()
    ids = recorder.insert_events([stored(one, 1), stored(two, 1), stored(one, 2)])
    told = {each.id: (each.originator_id, each.originator_version) for each in recorder.select_notifications(None, 9)}
    assert [told[each] for each in ids or ()] == [(one, 1), (two, 1), (one, 2)]


def test_what_the_store_s_connection_lost_is_asked_for_again(
    recorder: CaseStoreApplicationRecorder, database: str
) -> None:
    originator = uuid4()
    with psycopg.connect(database, autocommit=True) as owner:
        for version in range(1, 6):
            recorder.insert_events([stored(originator, version)])
            owner.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sovinto_library'")
    assert [each.id for each in recorder.select_notifications(None, 9)] == [1, 2, 3, 4, 5]


async def test_an_application_s_events_are_chained_with_all_others(in_environment: Installed, database: str) -> None:
    def live() -> None:
        with BankAccounts(env={"IS_SNAPSHOTTING_ENABLED": "y"}) as app:
            account = app.open_account(full_name="A", email_address="a@example.org")
            app.take_snapshot(account)

    await asyncio.to_thread(live)
    owner = await asyncpg.connect(database)
    found = await verify(owner)
    kinds = await owner.fetch("select kind, type from casestore.events order by position")
    await owner.close()
    assert [tuple(row) for row in kinds] == [
        ("library.BankAccounts", "RecordedByLibrary"),
        ("library.BankAccounts.snapshots", "RecordedByLibrary"),
    ]
    assert list(found.faults) == []
