"""Model files that somebody made to hurt: none costs more memory than it has bytes, all are named.

Random mutations are drawn from fixed seeds: each either leaves the model as it was or is refused by name.
"""

import hashlib
import io
import json
import os
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

import synthfast
from synthfast.exceptions import FileFormatError
from synthfast.io import model_file
from synthfast.io.array_archive import pack_arrays, unpack_arrays
from synthfast.io.model_file import read_header, read_model, write_model
from synthfast.io.stored_zip import pack_members, unpack_members

GOLDEN = Path(__file__).parents[1] / "golden" / "models"
DOCUMENT = {"model": "demo", "list": [1, 2.5, None], "text": "été"}
ARRAYS = {
    "knots": np.linspace(-1, 1, 50),
    "codes": np.arange(12, dtype=np.int32).reshape(3, 4),
    "text": np.array(["a"]),
}


def seal(document, packed, **changes):
    """A file whose checksum fits whatever it holds."""
    body = json.dumps(document, separators=(",", ":")).encode() if isinstance(document, dict) else document
    digest = hashlib.sha256()
    for part in (body, packed):
        digest.update(len(part).to_bytes(8, "little") + part)
    header = {"format": 2, "library": "synthfast", "library version": "0", "sha256": digest.hexdigest()} | changes
    text = json.dumps(header)[:-1].encode() + b', "document": ' + body + b"}"
    return pack_members([("model.json", text), ("arrays.npz", packed)])


def npy(header, data=b"", version=b"\x01\x00"):
    """The bytes of one array file with the header that is given as text."""
    text = header.encode("latin-1")
    size = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text))
    return b"\x93NUMPY" + version + size + text + data


def described(descr="'<f8'", shape="(3,)", order="False", data=bytes(24)):
    return npy(f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n", data)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "m.synth"


def refused(path, match, peak=50_000_000):
    """Refused by name, without more memory than a small file may cost."""
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError, match=match) as caught:
            read_model(path)
        assert tracemalloc.get_traced_memory()[1] < peak
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)


def deflated(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_zip_bombs_are_not_unpacked(place):
    zeros = bytes(60_000_000)
    place.write_bytes(deflated({"model.json": b"{}", "arrays.npz": zeros}))
    assert place.stat().st_size < 1_000_000
    refused(place, "'model.json' is compressed")
    inner = deflated({"a.npy": zeros})
    place.write_bytes(seal(DOCUMENT, inner))
    refused(place, "arrays cannot be read.*'a.npy' is compressed")


def test_members_that_lie_on_one_another_are_refused(place):
    """One block of bytes that many entries of the directory point to."""
    content = bytearray(pack_members([("model.json", b"{}"), ("arrays.npz", bytes(60_000))]))
    end = content.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", content[end + 16 : end + 20])[0]
    entries = bytes(content[start:end])
    second = entries[entries.rindex(b"PK\x01\x02") :]
    many = b"".join(second.replace(b"arrays.npz", b"%010d" % k) for k in range(500))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 502, 502, len(entries + many), start, 0)
    place.write_bytes(bytes(content[:start]) + entries + many + tail)
    refused(place, "claim more bytes than it has")


def test_members_that_repeat_or_are_strange_are_refused(place):
    with pytest.warns(UserWarning, match="Duplicate"):
        place.write_bytes(pack_members([("model.json", b"{}"), ("model.json", b"{}"), ("arrays.npz", b"")]))
    refused(place, "two members 'model.json'")
    place.write_bytes(pack_members([("model.json", b"{}"), ("arrays.npz", b""), ("../../evil.py", b"")]))
    refused(place, r"evil\.py', which no model file does")


def test_encrypted_members_are_refused(place):
    write_model(place, DOCUMENT, {})
    content = bytearray(place.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    place.write_bytes(content)
    refused(place, "encrypted")


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (described(shape="(10**15,)"), "no array"),
        (described(shape="(1000000000000000,)"), "claims shape"),
        (described(shape="(4,)"), "claims shape"),
        (described(shape="(2,)"), "claims shape"),
        (described(shape="(-3,)"), "claims shape"),
        (described(shape="(0, 1000000000000000)", data=b""), "claims shape"),
        (described(descr="'<U0'", shape="(1000000000000000,)", data=b""), "claims shape"),
        (described(descr="'|V0'", shape="(1000000000000000,)", data=b""), "claims shape"),
        (described(descr="'|O'"), "Python objects"),
        (described(descr="[('a', '|O'), ('b', '<f8')]"), "Python objects"),
        (described(descr="'<f99'"), "no array"),
        (described(descr="__import__('os')"), "no array"),
        (described(order="3"), "no array"),
        (npy("(" * 5_000), "no array"),
        (npy("{" + " " * 20_000 + "}"), "no array"),
        (npy("{}", version=b"\x09\x00"), "no array"),
        (npy("{}", version=b"\x02\x00"), "no array"),
        (b"", "no array"),
        (b"\x93NUMPY\x01\x00\xff\xff{", "no array"),
    ],
)
def test_arrays_that_claim_what_they_are_not_are_refused(place, array, match):
    place.write_bytes(seal(DOCUMENT, pack_members([("a.npy", array)])))
    refused(place, f"arrays cannot be read.*'a.npy'.*{match}|arrays cannot be read.*{match}")


def test_what_is_no_array_is_refused(place):
    place.write_bytes(seal(DOCUMENT, pack_members([("a.txt", b"")])))
    refused(place, r"'a\.txt' is no array")
    place.write_bytes(seal(DOCUMENT, b"junk"))
    refused(place, "arrays cannot be read")


@pytest.mark.parametrize(
    "body",
    [b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"],
)
def test_documents_that_are_never_written_are_refused(place, body):
    place.write_bytes(seal(body, pack_arrays({})))
    refused(place, "damaged")


def test_numbers_of_a_million_digits_are_refused(place):
    place.write_bytes(seal(b'{"a": ' + b"9" * 1_000_000 + b"}", pack_arrays({})))
    refused(place, "damaged")


def test_files_above_the_limit_are_not_read(place):
    write_model(place, DOCUMENT, {"a": np.zeros(1_000)})
    size = place.stat().st_size
    for read in (read_model, read_header, synthfast.load, synthfast.TreeSynthesizer.load):
        with pytest.raises(FileFormatError, match=rf"{size:,} bytes, and at most {size - 1:,} are read; allow more"):
            read(place, max_bytes=size - 1)
    assert read_model(place, max_bytes=size)[0] == DOCUMENT


def test_a_sparse_file_of_a_terabyte_is_not_read(place):
    with place.open("wb") as stream:
        stream.write(b"PK\x03\x04")
        stream.truncate(2**40)
    refused(place, "at most 8,589,934,592 are read")


def test_a_document_above_the_limit_is_not_parsed(place, monkeypatch):
    monkeypatch.setattr(model_file, "MAX_TEXT", 1_000)
    write_model(place, {"text": "x" * 1_000}, {})
    refused(place, r"model\.json has 1,\d+ bytes, above 1,000")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_pipes_and_folders_are_refused(place):
    os.mkfifo(place)
    refused(place, "a pipe or a device")
    with pytest.raises(IsADirectoryError, match="got a folder"):
        read_model(place.parent)


def mutated(content, rng):
    """The bytes after one to four accidents or attacks."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        at, other = sorted(rng.integers(0, len(content), 2))
        match rng.integers(0, 7):
            case 0:
                content[at] ^= 1 << rng.integers(0, 8)
            case 1:
                content[at] = rng.integers(0, 256)
            case 2:
                del content[at : at + rng.integers(1, 40)]
            case 3:
                content[at:at] = rng.bytes(rng.integers(1, 40))
            case 4:
                content[at:at] = content[at:other]
            case 5:
                del content[at:]
                content += b"\0"
            case 6:  # a length, as zip and npy write them
                content[at : at + 4] = struct.pack("<I", rng.choice([0, 1, 2**16, 2**31 - 1, 2**32 - 1]))
    return bytes(content)


@pytest.mark.parametrize("seed", range(4))
def test_random_mutations_leave_the_model_or_are_named(place, seed):
    rng = np.random.default_rng(seed)
    write_model(place, DOCUMENT, ARRAYS)
    content, kept = place.read_bytes(), 0
    for _ in range(100):
        place.write_bytes(mutated(content, rng))
        try:
            document, arrays = read_model(place)
        except FileFormatError:
            continue
        kept += 1
        assert document == DOCUMENT
        assert all(np.array_equal(arrays[name], array) for name, array in ARRAYS.items())
    assert kept < 40  # most mutations do harm


@pytest.mark.parametrize("seed", range(4))
def test_mutations_behind_a_checksum_that_fits_are_arrays_or_named(seed):
    """Those that a checksum cannot show: of the array archive itself."""
    rng, packed = np.random.default_rng(seed), pack_arrays(ARRAYS)
    for _ in range(250):
        changed = mutated(packed, rng)
        try:
            arrays = unpack_arrays(changed)
        except ValueError:
            continue
        assert sum(array.nbytes for array in arrays.values()) <= len(changed)


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.glob("*.synth")))
def test_documents_that_lack_or_change_a_part_are_named(place, name):
    """Every part of a model, taken out or put wrong behind a checksum that fits, is no other error than a named one."""
    document, arrays = read_model(GOLDEN / name)
    rng = np.random.default_rng(0)
    for changed in changes(document, rng):
        place.write_bytes(seal(changed, pack_arrays(arrays)))
        try:
            synthfast.load(place)
        except FileFormatError as error:
            assert str(place) in str(error)  # noqa: PT017
    for missing in arrays:
        rest = {key: array for key, array in arrays.items() if key != missing}
        place.write_bytes(seal(document, pack_arrays(rest)))
        try:
            synthfast.load(place)
        except FileFormatError as error:
            assert str(place) in str(error)  # noqa: PT017


def changes(document, rng, n=25):
    """Copies of a document with one value removed or replaced, somewhere in its depth."""
    for _ in range(n):
        copy = json.loads(json.dumps(document))
        at = copy
        while True:
            keys = list(at) if isinstance(at, dict) else range(len(at))
            key = keys[rng.integers(len(keys))]
            if isinstance(at[key], (dict, list)) and len(at[key]) and rng.random() < 0.8:
                at = at[key]
                continue
            break
        if rng.random() < 0.4:
            del at[key]
        else:
            at[key] = [None, -1, 2**70, "x", [], {}, True, 1e308][rng.integers(8)]
        yield copy


def test_archives_come_back_in_order():
    members = {"b": b"2", "a": b"1", "empty": b""}
    assert list(unpack_members(pack_members(members.items())).items()) == list(members.items())
