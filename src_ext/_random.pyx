"""Random fills that are pure functions of (key, position), alias tables and permutations."""
from cython.parallel import prange
from libc.stdint cimport int32_t, int64_t, uint16_t, uint64_t

cdef extern from "sf_random_fill.h" nogil:
    enum:
        SF_CHUNK
        SF_LAW_KEY
    ctypedef struct sf_draw:
        uint64_t key0, key1, n_outcomes
        double shape
        const uint64_t *thresholds
        const int32_t *aliases
    ctypedef void (*sf_fill)(void *, int64_t, int64_t, int64_t, const sf_draw *) noexcept
    void sf_philox(uint64_t key0, uint64_t key1, uint64_t *words)
    void sf_fill_uniform64(void *, int64_t, int64_t, int64_t, const sf_draw *)
    void sf_fill_uniform32(void *, int64_t, int64_t, int64_t, const sf_draw *)
    void sf_fill_normal64(void *, int64_t, int64_t, int64_t, const sf_draw *)
    void sf_fill_normal32(void *, int64_t, int64_t, int64_t, const sf_draw *)
    void sf_fill_exponential64(void *, int64_t, int64_t, int64_t, const sf_draw *)
    void sf_fill_exponential32(void *, int64_t, int64_t, int64_t, const sf_draw *)
    void sf_fill_integers(void *, int64_t, int64_t, int64_t, const sf_draw *)
    void sf_fill_choices(void *, int64_t, int64_t, int64_t, const sf_draw *)

cdef extern from "sf_random_gamma.h" nogil:
    void sf_fill_gamma64(void *, int64_t, int64_t, int64_t, const sf_draw *)
    void sf_fill_gamma32(void *, int64_t, int64_t, int64_t, const sf_draw *)

cdef extern from "sf_random_shuffle.h" nogil:
    void sf_fill_buckets(void *, int64_t, int64_t, int64_t, const sf_draw *)
    void sf_shuffle_bucket(int64_t *values, int64_t n, int64_t bucket, const sf_draw *draw)


cdef sf_draw draw_of(uint64_t key0, uint64_t key1) noexcept nogil:
    cdef sf_draw draw
    draw.key0 = key0
    draw.key1 = key1
    draw.n_outcomes = 1
    draw.shape = 1.0
    draw.thresholds = NULL
    draw.aliases = NULL
    return draw


cdef void fill_chunks(
    sf_fill fill, void *out, int64_t n, int64_t start, const sf_draw *draw, int n_threads
) noexcept nogil:
    cdef int64_t chunk, first = start // SF_CHUNK, last = (start + n - 1) // SF_CHUNK
    for chunk in prange(
        first, last + 1, num_threads=n_threads, use_threads_if=n > 16 * SF_CHUNK, schedule="static"
    ):
        fill(out, n, start, chunk, draw)


def derive_key(uint64_t key0, uint64_t key1, uint64_t word0, uint64_t word1, uint64_t kind):
    cdef uint64_t[4] words
    words[0] = word0
    words[1] = word1
    words[2] = kind
    words[3] = SF_LAW_KEY
    sf_philox(key0, key1, words)
    return words[0], words[1]


def fill_uniform64(double[::1] out not None, uint64_t key0, uint64_t key1, int64_t start, int n_threads):
    cdef sf_draw draw = draw_of(key0, key1)
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_uniform64, &out[0], out.shape[0], start, &draw, n_threads)


def fill_uniform32(float[::1] out not None, uint64_t key0, uint64_t key1, int64_t start, int n_threads):
    cdef sf_draw draw = draw_of(key0, key1)
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_uniform32, &out[0], out.shape[0], start, &draw, n_threads)


def fill_normal64(double[::1] out not None, uint64_t key0, uint64_t key1, int64_t start, int n_threads):
    cdef sf_draw draw = draw_of(key0, key1)
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_normal64, &out[0], out.shape[0], start, &draw, n_threads)


def fill_normal32(float[::1] out not None, uint64_t key0, uint64_t key1, int64_t start, int n_threads):
    cdef sf_draw draw = draw_of(key0, key1)
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_normal32, &out[0], out.shape[0], start, &draw, n_threads)


def fill_exponential64(double[::1] out not None, uint64_t key0, uint64_t key1, int64_t start, int n_threads):
    cdef sf_draw draw = draw_of(key0, key1)
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_exponential64, &out[0], out.shape[0], start, &draw, n_threads)


def fill_exponential32(float[::1] out not None, uint64_t key0, uint64_t key1, int64_t start, int n_threads):
    cdef sf_draw draw = draw_of(key0, key1)
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_exponential32, &out[0], out.shape[0], start, &draw, n_threads)


def fill_gamma64(
    double[::1] out not None, double shape, uint64_t key0, uint64_t key1, int64_t start, int n_threads
):
    cdef sf_draw draw = draw_of(key0, key1)
    draw.shape = shape
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_gamma64, &out[0], out.shape[0], start, &draw, n_threads)


def fill_gamma32(
    float[::1] out not None, double shape, uint64_t key0, uint64_t key1, int64_t start, int n_threads
):
    cdef sf_draw draw = draw_of(key0, key1)
    draw.shape = shape
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_gamma32, &out[0], out.shape[0], start, &draw, n_threads)


def fill_integers(
    int64_t[::1] out not None, uint64_t high, uint64_t key0, uint64_t key1, int64_t start, int n_threads
):
    cdef sf_draw draw = draw_of(key0, key1)
    draw.n_outcomes = high
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_integers, &out[0], out.shape[0], start, &draw, n_threads)


def fill_choices(
    int32_t[::1] out not None,
    const uint64_t[::1] thresholds not None,
    const int32_t[::1] aliases not None,
    uint64_t key0,
    uint64_t key1,
    int64_t start,
    int n_threads,
):
    cdef sf_draw draw = draw_of(key0, key1)
    draw.n_outcomes = <uint64_t>thresholds.shape[0]
    draw.thresholds = &thresholds[0]
    draw.aliases = &aliases[0]
    if out.shape[0] > 0:
        with nogil:
            fill_chunks(sf_fill_choices, &out[0], out.shape[0], start, &draw, n_threads)


def fill_permutation(
    int64_t[::1] out not None,
    uint16_t[::1] buckets not None,
    int64_t[::1] ends not None,
    uint64_t key0,
    uint64_t key1,
    int n_threads,
):
    cdef sf_draw draw = draw_of(key0, key1)
    cdef int64_t i, first, n = out.shape[0], n_buckets = ends.shape[0]
    cdef int b
    if n == 0:
        return
    draw.n_outcomes = <uint64_t>n_buckets
    with nogil:
        fill_chunks(sf_fill_buckets, &buckets[0], n, 0, &draw, n_threads)
        ends[:] = 0
        for i in range(n):
            ends[buckets[i]] += 1
        first = 0
        for b in range(n_buckets):
            ends[b], first = first, first + ends[b]
        for i in range(n):
            out[ends[buckets[i]]] = i
            ends[buckets[i]] += 1
        for b in prange(n_buckets, num_threads=n_threads, use_threads_if=n_buckets > 1, schedule="static"):
            first = ends[b - 1] if b > 0 else 0
            sf_shuffle_bucket(&out[first], ends[b] - first, b, &draw)


def build_alias(
    const double[::1] weights not None,
    uint64_t[::1] thresholds not None,
    int32_t[::1] aliases not None,
    double[::1] mass not None,
    int32_t[::1] order not None,
):
    # Vose (1991). `order` holds the cells with less than their share from the front, the others from the back.
    cdef Py_ssize_t i, small, large, n = weights.shape[0], n_small = 0, n_large = 0
    cdef double total = 0.0
    with nogil:
        for i in range(n):
            total = total + weights[i]
        for i in range(n):
            mass[i] = weights[i] / total * n
            thresholds[i] = <uint64_t>0xFFFFFFFFFFFFFFFF
            aliases[i] = <int32_t>i
            if mass[i] < 1.0:
                order[n_small] = <int32_t>i
                n_small += 1
            else:
                n_large += 1
                order[n - n_large] = <int32_t>i
        while n_small > 0 and n_large > 0:
            n_small -= 1
            small = order[n_small]
            large = order[n - n_large]
            thresholds[small] = <uint64_t>(mass[small] * 18446744073709551616.0)
            aliases[small] = <int32_t>large
            mass[large] = (mass[large] + mass[small]) - 1.0
            if mass[large] < 1.0:
                n_large -= 1
                order[n_small] = <int32_t>large
                n_small += 1
