from math import exp

import numpy as np
import pytest
from reference import dpnoise as reference

from synthfast._core.random import Stream
from synthfast._ext import _dpnoise

SCALES = [(1, 1), (1, 20), (1, 2), (3, 2), (7, 3), (10, 1), (1_000_003, 1_000), (2**40 + 1, 3), (2**52, 1), (1, 2**52)]


def words_of(n, seed=1):
    return Stream.from_seed(seed).integers(2**32, n).astype(np.uint32)


def filled(kernel, words, n, *arguments):
    out = np.zeros(n, dtype=np.int64)
    n_drawn, used, overflown = kernel(out, words, *arguments)
    assert not overflown
    return out[:n_drawn].tolist(), used


@pytest.mark.parametrize(("p", "q"), SCALES)
def test_draws_equal_the_textbook_word_for_word(p, q):
    words = words_of(3_000)
    assert filled(_dpnoise.fill_laplace, words, 150, p, q) == reference.fill(reference.draw_laplace, words, 150, p, q)
    words = words_of(6_000, 2)
    assert filled(_dpnoise.fill_gaussian, words, 150, p, q) == reference.fill(reference.draw_gaussian, words, 150, p, q)


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 1), (1, 3), (5, 2), (2**32 - 1, 2**32), (1, 2**32)])
def test_selection_equals_its_twin(a, b):
    scores = np.array([3, -(2**62) + 1, 2, 3, 0, 1, 2**40, 2**40 - 1, 2**40 - 7])
    words = words_of(20_000)
    for _ in range(100):
        expected = reference.select_candidate(reference.Tape(words), scores.tolist(), a, b)
        assert _dpnoise.select_candidate(scores, words, int(scores.max()), a, b) == expected
        words = words[expected[1] :]


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 1), (7, 3)])
def test_responses_equal_their_twin(a, b):
    codes, words = np.arange(60) % 4, words_of(3_000)
    out = np.zeros(60, dtype=np.int64)
    n, used = _dpnoise.fill_responses(out, codes, words, 4, a, b)
    assert (out.tolist(), n, used) == (*reference.fill_responses(words, codes.tolist(), 4, a, b),)


def test_cutting_the_tape_changes_no_draw():
    # However few words come at a time, the draws are those of the whole tape.
    words = words_of(5_000)
    whole, used = filled(_dpnoise.fill_gaussian, words, 200, 7, 3)
    drawn, start, end = [], 0, 0
    while len(drawn) < 200:
        end += 3
        more, n = filled(_dpnoise.fill_gaussian, words[start:end], 200 - len(drawn), 7, 3)
        drawn, start = drawn + more, start + n
    assert (drawn, start) == (whole, used)


def test_nothing_to_draw_or_nothing_to_draw_from():
    none, empty = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint32)
    for kernel in (_dpnoise.fill_laplace, _dpnoise.fill_gaussian):
        assert kernel(none, words_of(5), 1, 1) == (0, 0, False)
        assert kernel(np.zeros(3, dtype=np.int64), empty, 1, 1) == (0, 0, False)
    assert _dpnoise.fill_responses(none, none, words_of(5), 2, 1, 1) == (0, 0)
    assert _dpnoise.select_candidate(none, words_of(5), 0, 1, 1) == (-1, 0)
    assert _dpnoise.select_candidate(np.zeros(2, dtype=np.int64), empty, 0, 1, 1) == (-1, 0)


def test_read_only_words_and_scores():
    words, scores = words_of(500), np.array([1, 2])
    words.setflags(write=False)
    scores.setflags(write=False)
    assert len(filled(_dpnoise.fill_laplace, words, 5, 3, 2)[0]) == 5
    assert _dpnoise.select_candidate(scores, words, 2, 1, 1)[0] in (0, 1)


def test_a_value_out_of_range_is_reported():
    # k = 2 is passed by a word of zero, k = 3 is not by one of ones: exp(-1) "survives" round after round.
    tape = np.array([0, 0xFFFFFFFF] * 600, dtype=np.uint32)
    out = np.zeros(1, dtype=np.int64)
    assert _dpnoise.fill_laplace(out, tape, 1, 1)[2]


@pytest.mark.parametrize(("w", "p"), [(0, 1), (1, 1), (1, 2), (5, 2), (7, 3), (3, 1)])
def test_square_survives_with_its_exact_probability(w, p):
    law = reference.law_of(lambda coins: reference.survives_square(coins, w, p))
    assert law.get(True, 0.0) == pytest.approx(exp(-((w / p) ** 2) / 2), abs=1e-9)


@pytest.mark.parametrize(("gap", "a", "b"), [(0, 1, 1), (3, 1, 2), (7, 2, 3), (5, 0, 1), (1, 7, 3)])
def test_gap_survives_with_its_exact_probability(gap, a, b):
    law = reference.law_of(lambda coins: reference.survives_gap(coins, gap, a, b))
    assert law.get(True, 0.0) == pytest.approx(exp(-gap * a / b), abs=1e-9)


@pytest.mark.parametrize(("p", "q"), [(1, 1), (1, 2), (3, 2), (7, 3)])
def test_laws_are_exact(p, q, monkeypatch):
    # Given that its parts survive as they should (see above), every outcome of every coin of a proposal is followed,
    # but for branches of small probability: what they hold together is all that a probability may be short of.
    def part(coins, numerator, denominator, scale=1, squared=False):
        return coins.chance(exp(-((numerator / denominator) ** (1 + squared)) / scale))

    def check(propose, weight):
        law = reference.law_of(lambda coins: propose(coins, p, q), 1e-10)
        left_out = 1 - sum(law.values())
        share = 1 - law.pop(None)
        assert left_out < 1e-6
        exact = {y: weight(y * q / p) for y in range(-400, 401)}
        for y in range(-5, 6):
            assert law.get(y, 0.0) / share == pytest.approx(
                exact[y] / sum(exact.values()), abs=2 * left_out / share + 1e-12
            )
        return {y: value / sum(exact.values()) for y, value in exact.items()}

    monkeypatch.setattr(reference, "survives", lambda coins: coins.chance(exp(-1)))
    monkeypatch.setattr(reference, "survives_part", part)
    laplace = check(reference.propose_laplace, lambda x: exp(-abs(x)))
    monkeypatch.setattr(reference, "draw_laplace", lambda coins, p, q: coins.take([*laplace.items()]))
    check(reference.propose_gaussian, lambda x: exp(-x * x / 2))
