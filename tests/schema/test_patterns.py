import numpy as np
import pyarrow as pa
import pytest

from synthfast.schema.patterns import learn_integers, learn_shapes, learn_strings, with_repeats


def texts(values):
    return pa.array(values, pa.large_string())


@pytest.fixture
def rng():
    return np.random.Generator(np.random.Philox(5))


def taken(free, numbers):
    return any(low <= number <= high for low, high in free for number in numbers)


def test_row_counters_go_on():
    found = learn_integers(np.arange(1, 1001))
    start, step = found["sequential"]
    assert (start, step) == (1100, 1)
    assert learn_integers(np.arange(1000) * 10 + 3)["sequential"] == [10_003, 10]
    assert learn_integers(np.arange(1000)[::-1].copy())["sequential"] is None


def test_free_ranges_hold_no_identifier_and_have_as_many_digits(rng):
    numbers = np.unique(rng.integers(10**5, 10**6, 5_000))
    found = learn_integers(numbers)
    assert not taken(found["free"], numbers.tolist())
    assert all(10**5 <= low <= high < 10**6 for low, high in found["free"])
    assert sum(high - low + 1 for low, high in found["free"]) >= len(numbers)
    assert found["beyond"] == 10**6


def test_free_ranges_do_not_tell_the_identifiers_beside_them(rng):
    numbers = rng.integers(10**7, 10**8, 100)
    ends = {end + shift for low, high in learn_integers(numbers)["free"] for end, shift in ((low, -1), (high, 1))}
    assert not ends & set(numbers.tolist())


def test_full_ranges_go_beyond(rng):
    found = learn_integers(rng.permutation(90) + 10)
    assert (found["free"], found["beyond"]) == ([], 100)
    small = learn_integers(np.arange(-128, 128)[rng.permutation(256)], limit=127)
    assert small["free"] == [[-128, 127]]


def test_serial_numbers_between_texts(rng):
    found = learn_strings(texts([f"CUST-{i:06d}/x" for i in rng.permutation(2_000) + 4_000]))
    assert (found["type"], found["prefix"], found["suffix"], found["width"]) == ("serial", "CUST-", "/x", 6)
    assert not taken(found["free"], range(4_000, 6_000))
    found = learn_strings(texts([f"user{i}" for i in range(1, 2_000)]))
    assert (found["prefix"], found["width"]) == ("user", 0)
    assert found["sequential"] is not None


def test_letters_by_place(rng):
    values = ["".join(rng.choice(list("ABCDEFGHJKLM"), 2)) + f"-{rng.integers(1000):03d}" for _ in range(500)]
    found = learn_strings(texts(sorted(set(values))))
    assert found["type"] == "letters"
    assert found["alphabets"][2] == "-"
    assert found["alphabets"][3:] == ["0123456789"] * 3
    assert set(found["alphabets"][0]) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def test_uuid_keeps_its_version_and_variant(rng):
    values = []
    for _ in range(400):
        digits = "".join(rng.choice(list("0123456789abcdef"), 32))
        version, variant = "4" + digits[13:16], str(rng.choice(list("89ab"))) + digits[17:20]
        values.append("-".join([digits[:8], digits[8:12], version, variant, digits[20:]]))
    alphabets = learn_strings(texts(values))["alphabets"]
    assert alphabets[14] == "4"
    assert alphabets[19] == "89ab"
    assert alphabets[0] == "0123456789abcdef"


@pytest.mark.parametrize("values", [["anna", "bert", "carl"], ["a b", "c d"], ["é1", "ü2"], ["a", "bb", "ccc"]])
def test_words_have_no_pattern(values):
    assert learn_strings(texts(values)) is None


def test_repeats_are_a_small_fraction():
    assert with_repeats({}, 10, 10) == {}
    assert with_repeats({}, 10, 25)["repeats"] == [160, 64]
    assert with_repeats({}, 10, 1_000) == {"pool": 10}


def test_codes_of_a_few_shapes(rng):
    codes = [f"PC {i}" if i % 3 else f"A/{i % 10} {i}" for i in rng.integers(10_000, 99_999, 300)]
    shapes = dict(learn_shapes(codes)["shapes"])
    assert set(shapes) == {"AA #####", "A/# #####"}
    assert sum(shapes.values()) == pytest.approx(1.0)
    assert learn_shapes([f"some words {i}" for i in range(100)]) is None
    assert learn_shapes([f"{'x' * i}{i}" for i in range(100)]) is None
