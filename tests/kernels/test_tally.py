import numpy as np
import pytest
from reference import tally as twin

from synthfast._ext import _tally

NAMES = ("alpha", "distinct", "entropy", "recursive", "equal", "ordered", "delta", "beta", "enhanced")


def random_classes(n_classes, n_values, seed, most=9):
    rng = np.random.default_rng(seed)
    classes = []
    for _ in range(n_classes):
        held = np.sort(rng.choice(n_values, size=rng.integers(1, n_values + 1), replace=False))
        classes.append({int(v): int(rng.integers(1, most)) for v in held})
    return classes


def found(classes, totals, l, n_chunks, n_threads, read_only=False):
    sizes = np.array([sum(c.values()) for c in classes], dtype=np.int64)
    starts = np.cumsum([0, *(len(c) for c in classes)])[:-1].astype(np.int64)
    values, counts = (np.array([x for c in classes for x in part(c)], dtype=np.int64) for part in (dict, dict.values))
    overall = totals / max(1, totals.sum())
    law = np.cumsum(overall)
    area = np.concatenate([[0.0], np.cumsum(law)])
    worst, minority = np.empty((n_chunks, _tally.N_FIGURES)), np.empty(n_chunks, dtype=np.int64)
    top = np.empty((n_chunks, max(1, l - 1)), dtype=np.int64)
    given = (starts, values, counts, sizes, overall, law, area)
    for array in given:
        array.flags.writeable = not read_only
    _tally.find_worst(*given, int((totals > 0).sum()), l, top, worst, minority, n_threads)
    least = [name in ("distinct", "entropy") for name in NAMES]
    return dict(zip(NAMES, np.where(least, worst.min(axis=0), worst.max(axis=0)), strict=True)), int(minority.sum())


@pytest.mark.parametrize("n_threads", [1, 2, 3, 8])
@pytest.mark.parametrize(("n_classes", "n_values", "l"), [(1, 1, 1), (1, 5, 2), (40, 4, 1), (300, 7, 3), (25, 3, 4)])
def test_worst_figures_agree_with_their_twin(n_classes, n_values, l, n_threads):
    classes = random_classes(n_classes, n_values, n_classes)
    totals = np.zeros(n_values + 1, dtype=np.int64)  # the last value never comes
    for counts in classes:
        for value, rows in counts.items():
            totals[value] += rows
    expected, minority = twin.find_worst(classes, totals.tolist(), l)
    for n_chunks in (1, 16):
        figures, rows = found(classes, totals, l, n_chunks, n_threads, read_only=n_chunks == 1)
        assert rows == minority
        for name in NAMES:
            assert figures[name] == pytest.approx(expected[name], rel=1e-12, abs=1e-14), name


def test_many_classes_are_the_same_on_any_number_of_threads():
    classes = random_classes(30_000, 6, 0)
    totals = np.full(6, 30_000, dtype=np.int64)
    outs = [found(classes, totals, 2, 16, n_threads) for n_threads in (1, 2, 3, 8)]
    assert all(out == outs[0] for out in outs)


def test_equally_frequent_values_have_an_exact_entropy():
    figures, _ = found([{0: 3, 1: 3, 2: 3}], np.array([3, 3, 3]), 2, 4, 1)
    assert figures["entropy"] == 3.0


def test_no_classes_leave_the_output_alone():
    worst, minority = np.full((2, _tally.N_FIGURES), 7.0), np.full(2, 7, dtype=np.int64)
    none, share = np.empty(0, dtype=np.int64), np.ones(1)
    _tally.find_worst(
        none, none, none, none, share, share, np.ones(2), 1, 1, np.empty((2, 1), np.int64), worst, minority, 1
    )
    assert (worst == 7.0).all()
    assert (minority == 7).all()
