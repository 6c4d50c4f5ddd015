import ipaddress
import re

import numpy as np
import pandas as pd
import pytest
from round_trip import make_codec

from synthfast._core.frames import ColumnData
from synthfast._core.frames.concat import concatenate_tables
from synthfast._core.random import Stream
from synthfast._core.threads import num_threads
from synthfast.encoding.checkdigits import set_iban_digits, set_luhn_digit
from synthfast.exceptions import ConditionError, DataError
from synthfast.schema.letters import letters_of, texts_of
from synthfast.schema.personal import is_card_number, is_iban

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
N = 600


@pytest.fixture
def rng():
    return np.random.Generator(np.random.Philox(21))


def digits(rng, n):
    return "".join(map(str, rng.integers(0, 10, n)))


def generate(codec, n, *, start=0, seed=0, name="x"):
    coded = {modelled: np.zeros(n, dtype=np.int32) for modelled in codec.modelled}
    columns = codec.decode(coded, n_rows=n, start_row=start, stream=Stream.from_seed(seed))
    return codec.build(columns)[name]


def codec_of(values, name="x", **options):
    return make_codec(pd.DataFrame({name: values}), **options)


IDENTIFIERS = {
    "counter": lambda rng: np.arange(1, N + 1),
    "sparse": lambda rng: rng.permutation(10**5)[:N] + 10**5,
    "negative": lambda rng: -rng.permutation(10**5)[:N] - 1,
    "int16": lambda rng: rng.permutation(10**4)[:N].astype(np.int16),
    "full": lambda rng: rng.permutation(900)[:N] + 100,
    "Int64": lambda rng: pd.array([None, *rng.permutation(10**6)[: N - 1]], dtype="Int64"),
    "float": lambda rng: [np.nan, *rng.permutation(10**6)[: N - 1]],
    "serial": lambda rng: [f"CUST-{i:06d}" for i in rng.permutation(10**4)[:N]],
    "unpadded": lambda rng: [f"user{i}" for i in rng.permutation(10**4)[:N]],
    "digits": lambda rng: sorted({digits(rng, 8) for _ in range(N)}),
    "codes": lambda rng: sorted({"".join(rng.choice(list("ABCDEFGHJKLMNP"), 3)) + digits(rng, 3) for _ in range(N)}),
    "dense codes": lambda rng: [f"{a}{b}{c}" for a in "ABCDEFGHIJ" for b in range(8) for c in "XYZUVW"],
    "hex": lambda rng: [f"{i:016x}" for i in rng.integers(2**60, 2**62, N)],
    "umlaut": lambda rng: [f"Schlüssel {i:05d}" for i in rng.permutation(10**4)[:N]],
    "shapes": lambda rng: [f"PC {i}" if i % 3 else f"A/{i % 10} {i}" for i in rng.permutation(90_000)[:N] + 10_000],
    "category": lambda rng: pd.Categorical([f"k{i:05d}" for i in rng.permutation(10**4)[:N]]),
    "string": lambda rng: pd.array([f"k{i:05d}" for i in rng.permutation(10**4)[:N]], dtype="string"),
}


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_identifiers_are_fresh_unique_and_of_their_pattern(rng, name):
    values = pd.Series(IDENTIFIERS[name](rng))
    codec = codec_of(values, "key", overrides={"key": "identifier"})
    out = generate(codec, 3 * N, name="key")
    assert out.is_unique
    if name != "shapes":  # shapes say nothing of which texts are taken
        assert not set(out) & set(values)
    if name != "category":
        assert out.dtype == values.dtype


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_identifiers_obey_the_block_law(rng, name):
    codec = codec_of(IDENTIFIERS[name](rng), "key", overrides={"key": "identifier"})
    whole = generate(codec, 1_000, name="key").astype(object)
    part = generate(codec, 100, start=450, name="key").astype(object)
    assert part.tolist() == whole[450:550].tolist()
    if name != "int16":
        far = generate(codec, 10, start=10**9, name="key")
        assert far.is_unique
        assert not set(far) & set(whole)


def test_identifiers_differ_between_seeds_and_not_between_thread_counts(rng):
    codec = codec_of([f"K{i:08d}" for i in rng.permutation(10**6)[:N]])
    one = generate(codec, 30_000, seed=1)
    assert not one.equals(generate(codec, 30_000, seed=2))
    for n_threads in (1, 2, 3, 8):
        with num_threads(n_threads):
            assert generate(codec, 30_000, seed=1).equals(one)


def test_counters_go_on_in_order():
    out = generate(codec_of(np.arange(1, 1001), "id"), 3, name="id")
    assert out.tolist() == [1100, 1101, 1102]


def test_identifiers_that_repeat_repeat_as_often(rng):
    keys = [f"P{i:05d}" for i in rng.permutation(10**5)[: N // 3]]
    codec = codec_of(np.repeat(keys, 3))
    out = generate(codec, 900)
    assert out.nunique() == 300
    assert generate(codec, 100, start=333).tolist() == out[333:433].tolist()


def test_personal_data_that_repeats_often_comes_from_a_pool(rng):
    addresses = [f"user{i}@corp.de" for i in range(7)]
    codec = codec_of(rng.choice(addresses, 500))
    out = generate(codec, 300)
    assert out.nunique() == 7
    assert generate(codec, 20, start=100).tolist() == out[100:120].tolist()


def test_small_dtypes_run_out_with_an_error(rng):
    codec = codec_of(rng.permutation(100).astype(np.int8), "id")
    with pytest.raises(DataError, match="'id': expected room for 1000 identifiers"):
        generate(codec, 1_000, name="id")


def luhn(rng, prefix, n):
    body = prefix + digits(rng, n - len(prefix) - 1)
    return next(body + str(check) for check in range(10) if is_card_number(body + str(check)))


def iban(country, body):
    return next(text for text in (f"{country}{check:02d}{body}" for check in range(2, 99)) if is_iban(text))


def matches(pattern):
    return re.compile(pattern).fullmatch


PERSONAL = {
    "email": (lambda rng: f"{digits(rng, 9)}@mail.de", matches(r"[a-z.]+\d+@example\.(com|net|org)")),
    "card": (lambda rng: luhn(rng, "4", 16), lambda text: is_card_number(text) and text[0] == "4"),
    "iban": (lambda rng: iban("DE", digits(rng, 18)), lambda text: is_iban(text) and text[:2] == "DE"),
    "british iban": (lambda rng: iban("GB", "NWBK" + digits(rng, 14)), lambda t: is_iban(t) and t[4:8].isalpha()),
    "phone": (lambda rng: f"+49 {digits(rng, 3)} {digits(rng, 7)}", matches(r"\+49 \d{3} \d{7}")),
    "ip4": (lambda rng: ".".join(map(str, rng.integers(1, 255, 4))), lambda t: t.startswith("10.")),
    "ip6": (lambda rng: str(ipaddress.IPv6Address(int(digits(rng, 38)))), ipaddress.IPv6Address),
    "social": (lambda rng: f"{digits(rng, 3)}-{digits(rng, 2)}-{digits(rng, 4)}", matches(r"9\d\d-\d\d-\d{4}")),
}  # fmt: skip


@pytest.mark.parametrize("name", PERSONAL)
def test_personal_data_is_valid_unique_and_not_copied(rng, name):
    make, is_valid = PERSONAL[name]
    values = [make(rng) for _ in range(N)]
    codec = codec_of(values)
    out = generate(codec, 2 * N)
    assert all(map(is_valid, out))
    assert out.is_unique
    assert not set(out) & set(values)
    assert generate(codec, 50, start=333).tolist() == out[333:383].tolist()
    assert not any(value in str(codec.to_state()) for value in values)


def test_shapes_are_drawn_in_their_shares(rng):
    american, german = "({}) {}-{}", "+49 {} {}{}"
    values = [(german if i % 4 else american).format(digits(rng, 3), digits(rng, 3), digits(rng, 4)) for i in range(N)]
    out = generate(codec_of(values), 10_000)
    # A binomial share of 1/4 among 10,000: 5 standard errors; the share itself is exact in this table.
    assert abs(out.str.startswith("(").mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 10_000)


def test_card_numbers_of_integers_stay_integers(rng):
    values = np.array([int(luhn(rng, "4", 16)) for _ in range(N)])
    out = generate(codec_of(values), N)
    assert out.dtype == np.int64
    assert all(is_card_number(str(value)) for value in out)


def test_names_and_addresses(rng):
    people = pd.DataFrame(
        {
            "first_name": ["".join(rng.choice(list("abcdefgh"), 7)).title() for _ in range(N)],
            "name": ["".join(rng.choice(list("abcdefgh"), 7)).title() + " Smith" for _ in range(N)],
            "address": [f"{i} {''.join(rng.choice(list('abcdefgh'), 7)).title()} Road" for i in range(N)],
        }
    )
    codec = make_codec(people)
    assert [codec.column(name).kind for name in people] == ["personal"] * 3
    out = codec.build(codec.decode({}, n_rows=50, stream=Stream.from_seed(0)))
    assert out["first_name"].str.fullmatch(r"[A-Z][a-z]+").all()
    assert out["name"].str.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+").all()
    assert out["address"].str.fullmatch(r"\d+ [A-Z][a-z]+ [A-Z][a-z]+").all()


def test_placeholder_text_follows_the_lengths(rng):
    texts = ["".join(rng.choice(list("abc    "), n)).strip() + "." for n in rng.integers(20, 200, 2_000)]
    codec = codec_of(texts)
    out = generate(codec, 20_000)
    assert not set(out) & set(texts)
    real, fake = np.sort(pd.Series(texts).str.len()), np.sort(out.str.len())
    # Lengths are drawn between the 5 % and the 95 % quantile: the middle agrees within the resolution of ten pieces.
    for share in (0.25, 0.5, 0.75):
        assert abs(np.quantile(real, share) - np.quantile(fake, share)) < 0.1 * (real[-1] - real[0])
    assert out.str.contains(" ").mean() > 0.95
    assert generate(codec, 50, start=333).tolist() == out[333:383].tolist()


def test_text_without_spaces_has_none(rng):
    texts = ["".join(rng.choice(list("abcdefghij"), n)) for n in rng.integers(5, 20, N)]
    assert not generate(codec_of(texts, overrides={"x": "text"}), 500).str.contains(" ").any()


def test_generators_given_by_the_user():
    frame = pd.DataFrame({"x": [f"a text {'x' * i}" for i in range(60)]})

    def codec_with(generator):
        from synthfast._core.frames import Table
        from synthfast.encoding import TableCodec
        from synthfast.schema import Schema

        schema = Schema.infer(frame, overrides={"x": {"kind": "text", "generator": generator}})
        return TableCodec.fit(Table.from_any(frame), schema)

    assert set(generate(codec_with(["good", "bad"]), 200)) == {"good", "bad"}
    assert generate(codec_with(lambda rows: [f"row {row}" for row in rows]), 2, start=7).tolist() == ["row 7", "row 8"]
    with pytest.raises(DataError, match="'x': expected 3 texts from its generator"):
        generate(codec_with(lambda rows: ["one"]), 3)
    for generator in (["good", "a\ud800"], lambda rows: ["a\ud800"] * len(rows)):
        with pytest.raises(DataError, match=r"'x': its generator: expected text of whole .*'a\\ud800'"):
            generate(codec_with(generator), 3)


def test_missing_rows_are_the_models_to_say():
    codec = codec_of([None if i % 3 else f"K{i:04d}" for i in range(90)])
    column = codec.decode({"x": np.array([0, -1, 0], dtype=np.int32)}, n_rows=3, stream=Stream.from_seed(0))
    assert codec.build(column)["x"].isna().tolist() == [False, True, False]
    assert codec.encode_value("x", None) is None
    with pytest.raises(ConditionError, match="'x': no condition is possible but missing"):
        codec.encode_value("x", "K0000")


def test_blocks_of_generated_categories_share_one_list(rng):
    codec = codec_of(pd.Categorical([f"k{i:05d}" for i in rng.permutation(10**4)[:N]]))
    stream = Stream.from_seed(0)
    parts = [codec.decode({}, n_rows=100, start_row=start, stream=stream) for start in (0, 100)]
    assert isinstance(parts[0]["x"], ColumnData)
    joined = codec.build(concatenate_tables(parts))["x"]
    assert joined.tolist() == generate(codec, 200).tolist()


def test_check_digits_skip_separators():
    cards = letters_of(texts_of(np.frombuffer(b"4111-1111-1111-1110", dtype=np.uint8).reshape(1, -1).copy()), 19).copy()
    set_luhn_digit(cards)
    assert cards.tobytes() == b"4111-1111-1111-1111"
    account = np.frombuffer(b"GB00 NWBK 6016 1331 9268 19", dtype=np.uint8).reshape(1, -1).copy()
    set_iban_digits(account)
    assert account.tobytes() == b"GB29 NWBK 6016 1331 9268 19"
    set_luhn_digit(np.zeros((0, 4), dtype=np.uint8))
    set_iban_digits(np.zeros((0, 4), dtype=np.uint8))
