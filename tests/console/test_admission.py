"""Who is let in, for how long, and what is kept of it."""

import stat
from datetime import UTC, datetime, timedelta

import pytest

from drill.console.admission import Admission, Session, csrf_of, name_of
from drill.console.seats import Seat, seats_of
from drill.errors import UsageError
from drill.model.names import RoleName

SEATS = seats_of([RoleName("dba")])


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 29, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def place(tmp_path):
    return tmp_path / "consoles" / "run.json"


@pytest.fixture
def admission(place, clock):
    return Admission(place, SEATS, clock)


def test_there_is_a_seat_for_each_of_the_staff_and_each_role():
    assert list(SEATS) == ["facilitator", "evaluator", "observer", "dba"]
    assert SEATS["dba"] == Seat("participant", RoleName("dba"))


def test_a_link_leads_to_its_seat_and_a_session_to_its_person(admission):
    secret = admission.join(admission.issue("dba"), "Ann")
    assert admission.seated(secret) == Seat("participant", RoleName("dba"), "Ann")


def test_what_nobody_gave_out_leads_nowhere(admission):
    token = admission.issue("dba")
    for wrong in ("", token[:-1], token + "A", token.swapcase()):
        assert admission.invited(wrong) is None
        assert admission.seated(wrong) is None
        with pytest.raises(UsageError, match="leads nowhere"):
            admission.join(wrong, "Ann")


def test_neither_links_nor_sessions_are_kept_but_their_hashes_are(admission, place, clock):
    token = admission.issue("dba")
    secret = admission.join(token, "Ann")
    text = place.read_text()
    assert token not in text
    assert secret not in text
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    again = Admission(place, SEATS, clock)
    assert again.invited(token) == SEATS["dba"]
    assert again.seated(secret).person == "Ann"


def test_each_is_256_bits_and_none_comes_twice(admission):
    tokens = {admission.issue("dba") for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) == 43 for token in tokens)


def test_a_session_ends_by_itself_and_the_link_opens_another(admission, clock):
    token = admission.issue("dba")
    secret = admission.join(token, "Ann")
    clock.now += timedelta(hours=24)
    assert admission.seated(secret) is None
    assert admission.seated(admission.join(token, "Ann")).person == "Ann"


def test_who_leaves_is_gone(admission):
    secret = admission.join(admission.issue("dba"), "Ann")
    admission.leave(secret)
    admission.leave(secret)
    assert admission.seated(secret) is None


def test_revoking_ends_links_and_sessions_of_that_seat_alone(admission):
    dba, staff = admission.issue("dba"), admission.issue("facilitator")
    ann, bob = admission.join(dba, "Ann"), admission.join(dba, "Bob")
    eve = admission.join(staff, "Eve")
    fresh = admission.revoke("dba", keep=bob)
    assert admission.invited(dba) is None
    assert admission.seated(ann) is None
    assert admission.seated(bob).person == "Bob"
    assert admission.seated(eve).person == "Eve"
    assert admission.invited(fresh) == SEATS["dba"]


def test_a_role_that_is_gone_lets_nobody_in(admission, place, clock):
    token = admission.issue("dba")
    secret = admission.join(token, "Ann")
    without = Admission(place, seats_of([]), clock)
    assert without.invited(token) is None
    assert without.seated(secret) is None


def test_there_is_an_end_to_how_many_there_can_be(admission, clock):
    token = admission.issue("dba")
    one = Session(seat="dba", person="x", until=clock.now + timedelta(hours=1))
    admission._kept.sessions.update({str(n): one for n in range(1000)})
    with pytest.raises(UsageError, match="1000 sessions"):
        admission.join(token, "Ann")


@pytest.mark.parametrize("text", ["", "not json", '{"links": 3}', '{"more": {}}'])
def test_a_file_that_is_not_drills_is_told_and_left(place, clock, text):
    place.parent.mkdir(mode=0o700)
    place.write_text(text)
    with pytest.raises(UsageError, match="not what drill wrote; remove it"):
        Admission(place, SEATS, clock)
    assert place.read_text() == text


def test_a_place_that_others_may_write_to_is_refused(place, clock):
    place.parent.mkdir()
    place.parent.chmod(0o777)
    with pytest.raises(UsageError, match="anybody may write"):
        Admission(place, SEATS, clock).issue("dba")


@pytest.mark.parametrize(
    ("typed", "name"), [("Ann", "Ann"), ("  Ann \t Lee ", "Ann Lee"), ("José 李", "José 李")]
)
def test_a_name_is_what_can_be_printed(typed, name):
    assert name_of(typed) == name


@pytest.mark.parametrize("typed", ["", "  ", "a" * 81, "A\x07nn", "A\u202enn", "A\x00"])
def test_what_is_no_name_is_told(typed):
    with pytest.raises(UsageError):
        name_of(typed)


def test_a_forms_token_is_its_sessions_own():
    assert csrf_of("a") != csrf_of("b")
    assert "a" * 10 not in csrf_of("a" * 10)
