import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthfast._core.random import BLOCK_ROWS, CHUNK_VALUES, STRATUM_ROWS, AliasTable, Stream, as_seed_sequence
from synthfast._core.threads import num_threads

STREAM = Stream.from_seed(20)
TABLE = AliasTable([1.0, 2.0, 0.0, 3.0])
LAWS = {
    "uniform": STREAM.uniform,
    "uniform32": lambda n, **k: STREAM.uniform(n, dtype=np.float32, **k),
    "normal": STREAM.normal,
    "normal32": lambda n, **k: STREAM.normal(n, dtype=np.float32, **k),
    "exponential": STREAM.exponential,
    "exponential32": lambda n, **k: STREAM.exponential(n, dtype=np.float32, **k),
    "gamma": lambda n, **k: STREAM.gamma(2.5, n, **k),
    "gamma32": lambda n, **k: STREAM.gamma(0.3, n, dtype=np.float32, **k),
    "integers": lambda n, **k: STREAM.integers(10**12, n, **k),
    "choice": lambda n, **k: STREAM.choice(TABLE, n, **k),
}
each_law = pytest.mark.parametrize("draw", LAWS.values(), ids=LAWS)


def test_sizes_nest():
    assert BLOCK_ROWS % STRATUM_ROWS == BLOCK_ROWS % CHUNK_VALUES == 0


@each_law
def test_prefix_and_slices(draw):
    whole = draw(10_000)
    assert draw(10).tobytes() == whole[:10].tobytes()
    assert draw(5000, start=4000).tobytes() == whole[4000:9000].tobytes()
    assert draw(0).shape == (0,)


@each_law
def test_repeatable_under_any_thread_setting(draw, n_threads):
    whole = draw(200_000, n_threads=1)
    with num_threads(n_threads):
        assert draw(200_000).tobytes() == whole.tobytes()


@each_law
def test_out_is_filled_and_returned(draw):
    whole = draw(100)
    for holder in (np.empty(100, whole.dtype), np.empty(200, whole.dtype)[::2], np.empty(100, whole.dtype)[::-1]):
        assert draw(100, out=holder) is holder
        np.testing.assert_array_equal(holder, whole)


@each_law
def test_unfit_out(draw):
    kind = draw(1).dtype
    fixed = np.empty(4, kind)
    fixed.flags.writeable = False
    for bad in (fixed, np.empty(5, kind), np.empty((4, 1), kind)):
        with pytest.raises(ValueError, match=r"writeable and of shape \(4,\)"):
            draw(4, out=bad)
    for bad in (np.empty(4, np.int16), [0.0] * 4):
        with pytest.raises(TypeError, match="out must be an array of"):
            draw(4, out=bad)


@each_law
def test_unfit_numbers(draw):
    for bad in (-1, 2**63):
        with pytest.raises(ValueError, match="n: expected an integer"):
            draw(bad)
        with pytest.raises(ValueError, match="start: expected an integer"):
            draw(1, start=bad)
    with pytest.raises(ValueError, match=r"start \+ n"):
        draw(2, start=2**63 - 2)
    for bad in (1.0, None, "5", True):
        with pytest.raises(TypeError, match="n: expected an integer"):
            draw(bad)


def test_unfit_dtype():
    for dtype in (np.float16, np.int64, "complex128"):
        with pytest.raises(TypeError, match="float64 or float32"):
            STREAM.normal(3, dtype=dtype)


def test_integers_bounds():
    assert set(STREAM.integers(3, 1000).tolist()) == {0, 1, 2}
    assert not STREAM.integers(1, 100).any()
    assert STREAM.integers(2**63, 1000).min() >= 0
    for bad in (0, -1, 2**63 + 1):
        with pytest.raises(ValueError, match="high: expected an integer"):
            STREAM.integers(bad, 1)


@pytest.mark.parametrize("shape", [0.0, -1.0, np.nan, np.inf])
def test_unfit_shapes(shape):
    with pytest.raises(ValueError, match="shape must be positive and finite"):
        STREAM.gamma(shape, 3)


@pytest.mark.parametrize("n", [0, 1, 2, 1000, 32_768, 32_769, 300_000])
def test_permutation(n, n_threads):
    order = STREAM.permutation(n, n_threads=n_threads)
    np.testing.assert_array_equal(np.sort(order), np.arange(n))
    assert order.tobytes() == STREAM.permutation(n, n_threads=1).tobytes()


def test_unfit_permutation():
    with pytest.raises(ValueError, match="n: expected an integer"):
        STREAM.permutation(-1)
    with pytest.raises(TypeError, match="n: expected an integer"):
        STREAM.permutation(2.0)


def test_choice_takes_a_table():
    with pytest.raises(TypeError, match="AliasTable"):
        STREAM.choice([0.5, 0.5], 3)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([], "one-dimensional and not empty"),
        ([[1.0]], "one-dimensional"),
        (1.0, "one-dimensional"),
        ([1.0, -0.5], "weight 1 is"),
        ([1.0, np.nan], "weight 1 is"),
        ([np.inf], "weight 0 is"),
        ([0.0, 0.0], "positive, finite sum"),
        ([1e308, 1e308], "positive, finite sum"),
    ],
)
def test_unfit_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        AliasTable(weights)


def test_alias_table_is_fixed():
    assert TABLE.n_outcomes == 4
    assert repr(TABLE) == "AliasTable(n_outcomes=4)"
    with pytest.raises(ValueError, match="read-only"):
        TABLE.aliases[0] = 1


def test_children():
    assert STREAM.child() == STREAM
    assert STREAM.child(1, 2) == STREAM.child(1).child(2)
    assert STREAM.child("a", 1) == STREAM.child("a").child(1)
    different = [
        STREAM,
        STREAM.child(1),
        STREAM.child("1"),
        STREAM.child(2),
        STREAM.child(1, 2),
        STREAM.child(2, 1),
        STREAM.child(12),
        STREAM.child(""),
        STREAM.child("a", "b"),
        STREAM.child("ab"),
        STREAM.child(0),
        STREAM.child(2**64 - 1),
        Stream.from_seed(21).child(1),
    ]
    assert len({s.key for s in different}) == len(set(different)) == len(different)
    assert STREAM.child(np.int64(1)) == STREAM.child(1)


def test_unfit_children():
    for bad in (-1, 2**64):
        with pytest.raises(ValueError, match="path element: expected an integer"):
            STREAM.child(bad)
    for bad in (1.0, None, b"a", True):
        with pytest.raises(TypeError, match="path element: expected an integer"):
            STREAM.child(bad)


@given(st.lists(st.integers(0, 2**64 - 1) | st.text(), max_size=4), st.lists(st.integers(0, 9) | st.text(), max_size=4))
def test_children_of_children(first, second):
    assert STREAM.child(*first, *second) == STREAM.child(*first).child(*second)


def test_a_stream_is_a_value():
    twin = Stream(STREAM.key)
    assert twin == STREAM
    assert hash(twin) == hash(STREAM)
    assert pickle.loads(pickle.dumps(STREAM)) == STREAM
    assert STREAM != "text"
    assert eval(repr(STREAM), {"Stream": Stream}) == STREAM
    with pytest.raises(AttributeError):
        STREAM.key = (0, 0)
    with pytest.raises(AttributeError):
        del STREAM.key
    with pytest.raises(ValueError, match="key must be"):
        Stream((-1, 0))


def test_generator():
    first, second = STREAM.generator(), STREAM.generator()
    np.testing.assert_array_equal(first.random(5), second.random(5))
    assert first.bit_generator.state["state"]["key"].tolist() == list(STREAM.key)


def test_seeds():
    assert Stream.from_seed(5) == Stream.from_seed(np.int64(5)) == Stream.from_seed(np.random.SeedSequence(5))
    assert Stream.from_seed(5) != Stream.from_seed(6)
    assert Stream.from_seed(None) != Stream.from_seed(None)
    assert Stream.from_seed(2**200).key != Stream.from_seed(2**200 + 1).key
    generator = np.random.Generator(np.random.PCG64(3))
    assert Stream.from_seed(generator) != Stream.from_seed(generator)
    again = np.random.Generator(np.random.PCG64(3))
    assert Stream.from_seed(again) == Stream.from_seed(np.random.Generator(np.random.PCG64(3)))
    sequence = np.random.SeedSequence(9)
    assert as_seed_sequence(sequence) is sequence


def test_unfit_seeds():
    with pytest.raises(ValueError, match="negative"):
        as_seed_sequence(-1)
    for bad in ("42", 1.0, True, np.random.RandomState(0), [1, 2]):
        with pytest.raises(TypeError, match="SeedSequence or a numpy Generator"):
            as_seed_sequence(bad)
