"""No change of a sealed bundle goes unseen, and what broke is named."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from evidence.cases import archived, key_in, lines_of, remade, sealed, signing

from drill.errors import EvidenceError
from drill.evidence import bundle, sums
from drill.evidence.archive import Archive, pack, unpack
from drill.journal.chain import GENESIS, digest

SMALL = {"report/report.json": b'{"figure": 42}\n', "README.txt": b"Read me.\n"}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return key_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def whole(key: Path) -> bytes:
    return sealed(key)


@pytest.fixture(scope="module")
def small(key: Path) -> bytes:
    return sealed(key, **SMALL)


def found(text: bytes) -> tuple[str, ...]:
    """Return what is told to be broken."""
    try:
        return bundle.opened(text).breaks
    except EvidenceError as error:
        return (str(error),)


def assert_found(text: bytes, *words: str) -> None:
    told = found(text)
    assert told, "undetected"
    assert all(any(word in one for one in told) for word in words), told


def test_what_was_not_changed_is_whole(whole):
    assert found(whole) == ()


def flipped(text: bytes) -> Iterator[bytes]:
    """Yield a bundle with one bit of each of its bytes turned."""
    other = bytearray(text)
    for at in range(len(text)):
        other[at] ^= 1 << at % 8
        yield bytes(other)
        other[at] = text[at]


def cut(text: bytes) -> Iterator[bytes]:
    return (text[:length] for length in range(0, len(text), 16))


def test_no_byte_can_be_turned_and_no_length_cut_unseen(small, record_property):
    count = 0
    for make in (flipped, cut):
        for text in make(small):
            count += 1
            assert found(text), f"case {count} of {make.__name__}"
    assert found(small) == ()
    assert count >= 20_000
    record_property("P19", f"{count} changed bytes and cuts of a bundle, 0 undetected")


@pytest.mark.nightly
def test_no_bit_of_a_whole_bundle_can_be_turned_unseen(whole, record_property):
    other, count = bytearray(whole), 0
    for at in range(len(whole)):
        for bit in range(8):
            other[at] ^= 1 << bit
            count += 1
            assert found(bytes(other)), (at, bit)
            other[at] = whole[at]
    record_property("P19", f"{count} turned bits of a whole bundle, 0 undetected")


@pytest.mark.parametrize("more", [b"\0", b"\0" * 512, b"x", b"a-run/evil"])
def test_what_follows_the_end_is_seen(whole, more):
    assert_found(whole + more, "end was changed, or something follows it")


# Whoever has no key makes the sums anew; the signature then is of other bytes


def every_member(text: bytes) -> Iterator[tuple[str, bytes]]:
    members = unpack(text).members
    return ((name, one) for name, one in members.items() if not name.startswith(sums.SUMS))


def test_every_file_that_is_changed_removed_added_or_renamed_is_named(whole):
    archive = unpack(whole)
    for name, text in every_member(whole):
        rest = {path: one for path, one in archive.members.items() if path != name}
        others = {
            f"{name} was changed": {**rest, name: text + b" "},
            f"{name} was removed": rest,
            f"{name}.bak was added": {**archive.members, f"{name}.bak": text},
            f"{name}x was added": {**rest, f"{name}x": text},
        }
        for word, members in others.items():
            assert_found(pack(replace(archive, members=members)), word)


def test_sums_made_anew_are_not_those_that_were_signed(whole):
    for name, text in every_member(whole):
        for change in ({name: text + b" "}, {name: None}, {f"{name}x": text}):
            assert_found(remade(whole, change), "SHA256SUMS.sig: it is a signature of other bytes")


def test_without_a_signature_nobody_signed_it(whole):
    assert_found(remade(whole, {sums.SIGNATURE: None}), "nobody signed it")


def test_a_signature_of_another_run_is_of_other_bytes(whole, key):
    other = unpack(sealed(key, lines_of(run="b-run"))).members[sums.SIGNATURE]
    assert_found(remade(whole, {sums.SIGNATURE: other}), "signature of other bytes")


def test_a_signature_for_another_purpose_does_not_count(whole, key):
    told = unpack(whole).members[sums.SUMS]
    other = signing(key)(told, "drill-approval@v1").encode()
    assert_found(remade(whole, {sums.SIGNATURE: other}), "made for 'drill-approval@v1'")


def test_a_sealers_signature_is_no_witnesss(whole):
    own = unpack(whole).members[sums.SIGNATURE]
    assert_found(remade(whole, {"SHA256SUMS.bob.sig": own}), "made for 'drill-evidence@v1'")


# The journal, changed by somebody with a key of their own: the chain sees it


def rechained(lines: list[bytes]) -> list[bytes]:
    """Number and link lines anew, as an attacker who knows the format does."""
    made, prev = [], GENESIS
    for seq, line in enumerate(lines):
        _, _, rest = line.partition(b',"at":')
        made.append(f'{{"seq":{seq},"prev":"{prev}"'.encode() + b',"at":' + rest)
        prev = digest(made[-1])
    return made


def test_lines_that_are_dropped_doubled_swapped_or_spliced_break_the_chain(key):
    lines = lines_of()
    other = lines_of(run="b-run")
    changes: dict[str, list[list[bytes]]] = {
        "dropped": [[*lines[:n], *lines[n + 1 :]] for n in range(len(lines) - 1)],
        "doubled": [[*lines[: n + 1], *lines[n:]] for n in range(len(lines))],
        "swapped": [
            [*lines[:n], lines[n + 1], lines[n], *lines[n + 2 :]] for n in range(len(lines) - 1)
        ],
        "spliced": [[*lines[:n], *other[n:]] for n in range(1, len(lines))],
    }
    archive = archived(lines)
    for journals in changes.values():
        for journal in journals:
            members = {**archive.members, "journal.jsonl": b"".join(journal)}
            text = bundle.sealed(replace(archive, members=members), signing(key))
            assert_found(text, "journal.jsonl: line ")


def test_a_cut_on_a_record_is_seen_by_the_checkpoint_beside_it(key):
    lines = lines_of()
    archive = archived(lines)
    for n in range(1, len(lines)):
        members = {**archive.members, "journal.jsonl": b"".join(lines[:n])}
        text = bundle.sealed(replace(archive, members=members), signing(key))
        assert_found(text, "checkpoints.txt names another end")


@pytest.mark.parametrize("text", [b"", b"\n", b"{}\n", b"no journal", b"\xff\xfe"])
def test_a_journal_that_is_none_is_said_to_be_none(key, text):
    assert_found(sealed(key, **{"journal.jsonl": text}), "journal.jsonl: ")


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"[" * 100_000, b'{"digest": "other"}'])
def test_another_plan_than_the_journals_is_named(key, text):
    assert_found(sealed(key, **{"plan.json": text}), "plan.json is another plan")


def test_an_archive_of_another_name_or_time_is_not_that_of_the_journal(whole):
    archive = unpack(whole)
    assert_found(pack(replace(archive, top="b-run")), "is called b-run, and the run a-run")
    assert_found(pack(replace(archive, at=archive.at + 1)), "time is not that of the journal")


# Frames that no packer of drill's writes


def tar(*files: tarfile.TarInfo, form: int = tarfile.USTAR_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for one in files:
            archive.addfile(one, io.BytesIO(b"x" * one.size))
        end = archive.offset
    return made.getvalue()[: end + 1024]


def file(name: str, kind: bytes = tarfile.REGTYPE, **more: object) -> tarfile.TarInfo:
    one = tarfile.TarInfo(name)
    one.type, one.size = kind, 1 if kind == tarfile.REGTYPE else 0
    for key, value in more.items():
        setattr(one, key, value)
    return one


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"", "cut short at its end"),
        (bytes(1024), "holds no file"),
        (bytes(10240), "end was changed"),
        (b"x" * 10240, "no name that drill gives"),
        (tar(file("/etc/passwd")), "no name that drill gives"),
        (tar(file("a-run/../../etc/passwd")), "no name that drill gives"),
        (tar(file("a-run/./x")), "no name that drill gives"),
        (tar(file("a-run//x")), "no name"),
        (tar(file("a-run/\u00e9")), "no name that drill gives"),
        (tar(file("a-run/e\u0301")), "no name that drill gives"),
        (tar(file("a-run/x\ny")), "no name that drill gives"),
        (tar(file("a-run/-rf")), "no name that drill gives"),
        (tar(file("stray")), "no name that drill gives"),
        (tar(file("a-run/x", tarfile.SYMTYPE, linkname="/etc/passwd")), "no plain file"),
        (tar(file("a-run/x", tarfile.LNKTYPE, linkname="a-run/y")), "no plain file"),
        (tar(file("a-run/x", tarfile.CHRTYPE)), "no plain file"),
        (tar(file("a-run/x", tarfile.FIFOTYPE)), "no plain file"),
        (tar(file("a-run/x", tarfile.DIRTYPE)), "no name that drill gives"),
        (tar(file("a-run/x"), file("a-run/x")), "holds a-run/x twice"),
        (tar(file("a-run/x"), file("b-run/x")), "outside of a-run"),
        (tar(file("a-run/X"), file("a-run/x")), "one file on some systems"),
        (tar(file("a-run/D/x"), file("a-run/d/y")), "one file on some systems"),
        (tar(file("a-run/d"), file("a-run/d/y")), "one file on some systems"),
        (tar(file("a-run/y"), file("a-run/x")), "not in their order"),
        (tar(file("a-run/x", mode=0o755)), "header of a-run/x was changed"),
        (tar(file("a-run/x", uid=7)), "header of a-run/x was changed"),
        (tar(file("a-run/x", uname="root")), "header of a-run/x was changed"),
        (tar(file("a-run/x", mtime=1.5), form=tarfile.PAX_FORMAT), "no name that drill gives"),
        (tar(file("a-run/" + "x" * 300), form=tarfile.GNU_FORMAT), "no plain file|no name"),
        (tar(file("a-run/x"))[:700], "cut short within"),
    ],
)
def test_a_frame_that_drill_never_writes_is_refused(text, word):
    with pytest.raises(EvidenceError, match=word.replace("./", r"\./")):
        unpack(text)


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "", "x\n", "é", ".hidden", "-x", "x" * 300])
def test_a_name_that_could_be_read_in_two_ways_is_never_written(name):
    with pytest.raises(EvidenceError, match="cannot be the name"):
        pack(Archive("a-run", {name: b""}, 0))


def test_what_is_packed_is_read_by_others_too(whole):
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        there = {one.name: archive.extractfile(one).read() for one in archive.getmembers()}
    assert there == {f"a-run/{name}": text for name, text in unpack(whole).members.items()}


def test_every_change_names_what_broke():
    def changes(text: bytes) -> list[str]:
        return list(sums.breaks({sums.SUMS: text, "a": b"a"}))

    right = sums.sums_of({"a": b"a"})
    assert changes(right) == []
    assert changes(b"") == ["a was added"]
    assert changes(right + right) == ["SHA256SUMS is not as drill writes it"]
    assert changes(right + b"0" * 64 + b"  b\n") == ["b was removed"]
    assert list(sums.breaks({})) == ["SHA256SUMS is not there"]
