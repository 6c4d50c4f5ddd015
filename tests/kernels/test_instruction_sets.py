"""The same bytes on every processor: the C loops, compiled anew for each instruction set, against the build at hand."""

import platform
from pathlib import Path

import numpy as np
import pytest
from reference.compiled import output_of

from synthfast._ext import _random

N, START = 20_000, 1_000
KEY = (0x0123456789ABCDEF, 0xFEDCBA9876543210)
N_OUTCOMES = 1000

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include "sf_random_gamma.h"
static void put(sf_fill fill, size_t size, const sf_draw *draw) {
    int64_t n = %(n)d, start = %(start)d;
    char *values = malloc((size_t)n * size);
    for (int64_t c = start / SF_CHUNK; c <= (start + n - 1) / SF_CHUNK; c++) fill(values, n, start, c, draw);
    fwrite(values, size, (size_t)n, stdout);
    free(values);
}
int main(void) {
    uint64_t thresholds[%(n_outcomes)d];
    int32_t aliases[%(n_outcomes)d];
    for (int i = 0; i < %(n_outcomes)d; i++) {
        thresholds[i] = (uint64_t)i << 54;
        aliases[i] = i * 7 %% %(n_outcomes)d;
    }
    sf_draw draw = {%(key0)du, %(key1)du, %(n_outcomes)d, 0.3, thresholds, aliases};
    put(sf_fill_uniform64, 8, &draw);
    put(sf_fill_uniform32, 4, &draw);
    put(sf_fill_normal64, 8, &draw);
    put(sf_fill_normal32, 4, &draw);
    put(sf_fill_exponential64, 8, &draw);
    put(sf_fill_exponential32, 4, &draw);
    put(sf_fill_integers, 8, &draw);
    put(sf_fill_choices, 4, &draw);
    put(sf_fill_gamma64, 8, &draw);
    draw.shape = 2.5;
    put(sf_fill_gamma64, 8, &draw);
    draw.shape = 1e6;
    put(sf_fill_gamma32, 4, &draw);
    return 0;
}
"""


def built_in():
    """What the build at hand gives for the program above."""

    def filled(fill, dtype, *arguments):
        out = np.empty(N, dtype)
        fill(out, *arguments, *KEY, START, 1)
        return out.tobytes()

    thresholds = np.arange(N_OUTCOMES, dtype=np.uint64) << np.uint64(54)
    aliases = (np.arange(N_OUTCOMES) * 7 % N_OUTCOMES).astype(np.int32)
    return b"".join(
        [
            filled(_random.fill_uniform64, np.float64),
            filled(_random.fill_uniform32, np.float32),
            filled(_random.fill_normal64, np.float64),
            filled(_random.fill_normal32, np.float32),
            filled(_random.fill_exponential64, np.float64),
            filled(_random.fill_exponential32, np.float32),
            filled(_random.fill_integers, np.int64, N_OUTCOMES),
            filled(_random.fill_choices, np.int32, thresholds, aliases),
            filled(_random.fill_gamma64, np.float64, 0.3),
            filled(_random.fill_gamma64, np.float64, 2.5),
            filled(_random.fill_gamma32, np.float32, 1e6),
        ]
    )


def processor_runs(level):
    cpuinfo = Path("/proc/cpuinfo")
    flags = set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()
    needed = {"x86-64": set(), "x86-64-v3": {"avx2", "fma", "bmi2"}, "x86-64-v4": {"avx512f", "avx512vl", "avx512dq"}}
    return needed[level] <= flags


VARIANTS = {
    "x86-64": ["-O3", "-march=x86-64"],
    "x86-64-v3": ["-O3", "-march=x86-64-v3"],
    "x86-64-v4": ["-O3", "-march=x86-64-v4"],
    "unoptimised": ["-O0"],
    "no-128-bit-integers": ["-O2", "-U__SIZEOF_INT128__"],
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_bytes_are_those_of_the_build(variant, tmp_path, repository):
    if variant.startswith("x86-64") and not (platform.machine() == "x86_64" and processor_runs(variant)):
        pytest.skip(f"this processor does not run {variant}")
    numbers = {"n": N, "start": START, "n_outcomes": N_OUTCOMES, "key0": KEY[0], "key1": KEY[1]}
    assert output_of(PROGRAM % numbers, tmp_path, repository, VARIANTS[variant]) == built_in()
