"""Walks of a block bootstrap: which place of the series stands at each step of each draw."""
from cython.parallel cimport prange
from libc.stdint cimport int64_t

cdef extern from "sf_bootstrap_index.h" nogil:
    void sf_walk_stationary(const double *jump, const double *place, int64_t n_steps, int64_t n, double rate,
                            int64_t *out) noexcept
    void sf_walk_blocks(const double *place, int64_t n_steps, int64_t n, int64_t n_starts, int64_t length,
                        int64_t *out) noexcept


def walk_stationary(
    const double[:, ::1] jump not None,   # IN (n_series, n_steps) uniform
    const double[:, ::1] place not None,  # IN (n_series, n_steps) uniform
    int64_t n,
    double rate,                          # of new blocks, one over their mean length
    int64_t[:, ::1] out not None,         # OUT (n_series, n_steps) places of 0 .. n - 1
    int n_threads,
):
    cdef int64_t s, n_steps = out.shape[1]
    if out.shape[0] == 0 or n_steps == 0:
        return
    for s in prange(out.shape[0], nogil=True, num_threads=n_threads, use_threads_if=out.shape[0] * n_steps > 65536):
        sf_walk_stationary(&jump[s, 0], &place[s, 0], n_steps, n, rate, &out[s, 0])


def walk_blocks(
    const double[:, ::1] place not None,  # IN (n_series, n_blocks) uniform, n_blocks * length >= n_steps
    int64_t n,
    int64_t n_starts,                     # a block begins at one of the first so many places
    int64_t length,
    int64_t[:, ::1] out not None,         # OUT (n_series, n_steps) places of 0 .. n - 1
    int n_threads,
):
    cdef int64_t s, n_steps = out.shape[1]
    if out.shape[0] == 0 or n_steps == 0:
        return
    for s in prange(out.shape[0], nogil=True, num_threads=n_threads, use_threads_if=out.shape[0] * n_steps > 65536):
        sf_walk_blocks(&place[s, 0], n_steps, n, n_starts, length, &out[s, 0])
