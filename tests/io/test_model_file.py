import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import synthfast
from synthfast.exceptions import FileFormatError
from synthfast.io.model_file import FORMAT, content_id, read_header, read_model, write_model

DOCUMENT = {
    "class": "Demo",
    "columns": {"b": [1, 2.5, None], "a": "été", "lone": "\ud800"},
    "big": 2**70,
    "tiny": 5e-324,
}
ARRAYS = {
    "knots": np.linspace(-1, 1, 7),
    "codes": np.array([[1, -1], [2, 0]], dtype=np.int32),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "text": np.array(["a", "bcd", "ü"]),
    "empty": np.empty((0, 3)),
    "flags": np.array([True, False]),
    "days": np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"),
    "odd/name with space": np.array([np.nan, np.inf, -0.0]),
}


@pytest.fixture
def model_path(tmp_path):
    path = tmp_path / "model.synth"
    write_model(path, DOCUMENT, ARRAYS)
    return path


def rewrite(path, *, drop=None, **replaced):
    """The same archive with members replaced or dropped."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= {name.replace("_", "."): content for name, content in replaced.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            if name != drop:
                archive.writestr(name, content)


def test_round_trip(model_path):
    document, arrays = read_model(model_path)
    assert document == DOCUMENT
    assert list(document["columns"]) == ["b", "a", "lone"]
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=20,
        ),
    )
)
def test_any_plain_document_comes_back(tmp_path_factory, document):
    path = tmp_path_factory.mktemp("models") / "m.synth"
    write_model(path, document, {})
    assert read_model(path) == (document, {})


def test_bytes_are_a_function_of_the_model(model_path, tmp_path):
    again = tmp_path / "again.synth"
    write_model(again, *read_model(model_path))
    assert again.read_bytes() == model_path.read_bytes()


def test_layout_is_one_zip_of_json_and_npz(model_path):
    with zipfile.ZipFile(model_path) as archive:
        assert archive.namelist() == ["model.json", "arrays.npz"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        header = json.loads(archive.read("model.json"))
        arrays = np.load(io.BytesIO(archive.read("arrays.npz")), allow_pickle=False)
    assert header["document"] == DOCUMENT
    assert set(arrays.files) == set(ARRAYS)


def test_header_says_what_the_file_is(model_path):
    header = read_header(model_path)
    assert header["format"] == FORMAT == 2
    assert header["library"] == "synthfast"
    assert header["library version"] == synthfast.__version__
    assert len(header["sha256"]) == hashlib.sha256().digest_size * 2
    assert "document" not in header


def test_the_id_is_of_the_content_alone(model_path, tmp_path):
    assert write_model(tmp_path / "b.synth", DOCUMENT, ARRAYS) == content_id(DOCUMENT, ARRAYS)
    assert read_header(model_path)["sha256"] == content_id(*read_model(model_path))
    assert content_id(DOCUMENT | {"big": 2**70 + 1}, ARRAYS) != content_id(DOCUMENT, ARRAYS)
    assert content_id(DOCUMENT, ARRAYS | {"flags": np.array([True, True])}) != content_id(DOCUMENT, ARRAYS)


def test_another_model_than_expected_is_refused(model_path):
    assert read_model(model_path, expected_id=content_id(DOCUMENT, ARRAYS))[0] == DOCUMENT
    with pytest.raises(FileFormatError, match="expected 00"):
        read_model(model_path, expected_id="00")


def test_every_truncation_is_refused(model_path):
    content = model_path.read_bytes()
    for size in [*range(0, 200, 7), *range(200, len(content), 97), len(content) - 1]:
        model_path.write_bytes(content[:size])
        with pytest.raises(FileFormatError, match=r"model\.synth"):
            read_model(model_path)


def test_every_flipped_byte_is_refused_or_harmless(model_path):
    content = bytearray(model_path.read_bytes())
    for position in range(0, len(content), 11):
        content[position] ^= 0x55
        model_path.write_bytes(content)
        try:
            document, arrays = read_model(model_path)
        except FileFormatError:
            pass
        else:  # a byte of the zip's own bookkeeping that nobody reads
            assert document == DOCUMENT
            assert all(np.array_equal(arrays[n], a, equal_nan=a.dtype.kind in "fM") for n, a in ARRAYS.items())
        content[position] ^= 0x55


@pytest.mark.parametrize("content", [b"", b"PK", b"age,job\n1,2\n", bytes(range(256)) * 9, b"PK\x03\x04" + b"\0" * 90])
def test_what_is_no_model_file_is_refused(tmp_path, content):
    path = tmp_path / "junk.synth"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"junk\.synth"):
        read_model(path)


@pytest.mark.parametrize("member", ["model.json", "arrays.npz"])
def test_a_missing_member_is_named(model_path, member):
    rewrite(model_path, drop=member)
    with pytest.raises(FileFormatError, match=member):
        read_model(model_path)


def test_a_newer_format_says_what_to_do(model_path):
    with zipfile.ZipFile(model_path) as archive:
        header = json.loads(archive.read("model.json"))
    header |= {"format": 3, "library version": "9.1"}
    rewrite(model_path, model_json=json.dumps(header).encode())
    with pytest.raises(FileFormatError, match=r"format 3, written by synthfast 9\.1.*Upgrade synthfast"):
        read_model(model_path)


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"{}",
        b'{"format": "1"}',
        b'{"format": 1}',
        b'{"format": 1, "library": "synthfast"}',
        b"{",
        b"\xff",
        b"[" * 99_999,
    ],
)
def test_other_json_is_refused(model_path, text):
    rewrite(model_path, model_json=text)
    with pytest.raises(FileFormatError, match=r"model\.synth"):
        read_model(model_path)


def test_a_changed_document_is_noticed(model_path):
    with zipfile.ZipFile(model_path) as archive:
        text = archive.read("model.json")
    rewrite(model_path, model_json=text.replace(b'"Demo"', b'"Domo"'))
    with pytest.raises(FileFormatError, match="SHA-256"):
        read_model(model_path)


def test_arrays_with_python_objects_are_never_read(model_path):
    evil = io.BytesIO()
    np.savez(evil, knots=np.array([{"a": 1}], dtype=object))
    header = read_header(model_path)
    digest = hashlib.sha256()
    body = b"{}"
    for part in (body, evil.getvalue()):
        digest.update(len(part).to_bytes(8, "little") + part)
    text = json.dumps(header | {"sha256": digest.hexdigest(), "document": {}}).encode()
    rewrite(model_path, model_json=text, arrays_npz=evil.getvalue())
    with pytest.raises(FileFormatError, match="arrays cannot be read"):
        read_model(model_path)


def test_objects_and_nan_are_not_written(tmp_path):
    path = tmp_path / "m.synth"
    with pytest.raises(TypeError, match=r"'bad'.*dtype object"):
        write_model(path, {}, {"bad": np.array([None])})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_model(path, {"x": float("nan")}, {})
    with pytest.raises(TypeError):
        write_model(path, {"x": object()}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_stays_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_model(tmp_path / "absent.synth")
