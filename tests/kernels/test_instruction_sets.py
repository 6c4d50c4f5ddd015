"""The same bytes on every processor: the C loops, compiled anew for each instruction set, against the build at hand."""

import numpy as np
import pytest
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs

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


@pytest.mark.parametrize("variant", VARIANTS)
def test_bytes_are_those_of_the_build(variant, tmp_path, repository):
    skip_unless_it_runs(variant)
    numbers = {"n": N, "start": START, "n_outcomes": N_OUTCOMES, "key0": KEY[0], "key1": KEY[1]}
    assert output_of(PROGRAM % numbers, tmp_path, repository, VARIANTS[variant]) == built_in()
