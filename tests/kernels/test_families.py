"""The sums behind the likelihoods: against their slow twins, at any number of threads."""

import math

import numpy as np
import pytest
from reference import families as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs

from synthfast._ext import _families as kernel

# Kernel, number of sums, parameters that suit positive values.
KERNELS = {
    "sum_moments": (4, (3.0,)),
    "sum_edge": (6, (-0.25, 0.2)),
    "sum_logs": (2, (-0.25, 0.2)),
    "sum_tilted": (3, (0.5, -0.3)),
    "sum_powers": (9, (-0.25, 0.2, 1.7)),
    "sum_logistic": (6, (5.0, 0.4)),
    "sum_student": (5, (5.0, 0.4, 0.3)),
}
NONE = np.empty(0)


def call(name, x, w=NONE, n_threads=1, parameters=None):
    n_sums, usual = KERNELS[name]
    out, scratch = np.empty(n_sums), np.empty((-(-len(x) // 4096), n_sums))
    getattr(kernel, name)(x, w, *(usual if parameters is None else parameters), out, scratch, n_threads)
    return out


def values(n, seed=1):
    return np.random.default_rng(seed).gamma(2.0, 3.0, n)


def allowed(name, x, w):
    """Rounding of a sum in one order: terms of 4 ulp each, and n ulp of the absolute sum at the very most."""
    absolute = getattr(twin, name)(x, np.abs(w), *KERNELS[name][1])
    terms = [getattr(twin, name)([v], [1.0], *KERNELS[name][1]) for v in x]
    size = np.abs(np.array(terms)).T @ np.abs(w)
    return 1e-15 * (8.0 + math.log2(len(x) + 1)) * np.maximum(size, np.abs(absolute)) + 1e-300


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("n", [1, 63, 64, 65, 1000])
@pytest.mark.parametrize("weighted", [False, True])
def test_agrees_with_twin(name, n, weighted):
    x = values(n)
    w = np.random.default_rng(2).integers(1, 9, n).astype(float) if weighted else NONE
    ones = np.array(twin.weights_or_ones(x, w))
    expected = getattr(twin, name)(x, ones, *KERNELS[name][1])
    assert (np.abs(call(name, x, w) - expected) <= allowed(name, x, ones)).all()


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_same_bytes_at_any_number_of_threads(name, weighted, n_threads):
    x = values(300_001)
    w = values(300_001, seed=3) if weighted else NONE
    assert call(name, x, w, n_threads).tobytes() == call(name, x, w, 1).tobytes()


@pytest.mark.parametrize("name", KERNELS)
def test_empty_column_sums_to_zero(name):
    assert call(name, np.empty(0)).tolist() == [0.0] * KERNELS[name][0]


@pytest.mark.parametrize("name", KERNELS)
def test_nan_reaches_the_sum(name):
    x = values(200)
    x[17] = np.nan
    assert np.isnan(call(name, x)).any()


@pytest.mark.parametrize("name", KERNELS)
def test_read_only_input(name):
    x, w = values(100), np.ones(100)
    x.flags.writeable = w.flags.writeable = False
    assert call(name, x, w).tobytes() == call(name, x).tobytes()


@pytest.mark.parametrize("name", KERNELS)
def test_strided_input_is_refused(name):
    with pytest.raises(ValueError, match="contiguous"):
        call(name, values(100)[::2])


def test_upper_edge_is_a_negative_unit():
    x = values(500)
    mirrored = call("sum_edge", x, parameters=(x.max() + 1.0, -0.5))
    assert mirrored == pytest.approx(call("sum_edge", -x, parameters=(-x.max() - 1.0, 0.5)), rel=1e-13)


PROGRAM = r"""
#include <stdio.h>
#include "sf_families.h"
static double x[4000], w[4000], out[SF_MAX_SUMS];
static void put(sf_chunk chunk, double first, double second, double third, int sums) {
    sf_point at = {first, second, third};
    chunk(x, NULL, 4000, at, out);
    fwrite(out, sizeof(double), (size_t)sums, stdout);
    chunk(x, w, 3999, at, out);
    fwrite(out, sizeof(double), (size_t)sums, stdout);
}
int main(void) {
    for (int i = 0; i < 4000; i++) { x[i] = (i * 7919 % 4001 + 1) / 256.0; w[i] = i % 5 + 1; }
    put(sf_moment_chunk, 3.0, 0.0, 0.0, 4);
    put(sf_edge_chunk, -0.25, 0.2, 0.0, 6);
    put(sf_log_chunk, -0.25, 0.2, 0.0, 2);
    put(sf_tilt_chunk, 0.5, -0.3, 0.0, 3);
    put(sf_power_chunk, -0.25, 0.2, 1.7, 9);
    put(sf_logistic_chunk, 5.0, 0.4, 0.0, 6);
    put(sf_student_chunk, 5.0, 0.4, 0.3, 5);
    return 0;
}
"""


@pytest.mark.parametrize("variant", VARIANTS)
def test_same_bytes_on_every_instruction_set(variant, tmp_path, repository):
    skip_unless_it_runs(variant)
    i = np.arange(4000)
    x, w = (i * 7919 % 4001 + 1) / 256.0, (i % 5 + 1).astype(float)
    expected = b"".join(call(name, x).tobytes() + call(name, x[:3999], w[:3999]).tobytes() for name in KERNELS)
    assert output_of(PROGRAM, tmp_path, repository, VARIANTS[variant]) == expected
