"""Exact noise and selection for differential privacy, as functions of a tape of random words."""
from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef extern from "sf_dpnoise.h" nogil:
    ctypedef struct sf_tape:
        const uint32_t *words
        int64_t next, end
        int dry, overflown
    ctypedef int64_t (*sf_law)(sf_tape *tape, uint64_t p, uint64_t q) noexcept
    uint64_t sf_below(sf_tape *tape, uint64_t n)
    int64_t sf_draw_laplace(sf_tape *tape, uint64_t p, uint64_t q)
    int64_t sf_draw_gaussian(sf_tape *tape, uint64_t p, uint64_t q)
    int sf_survives_gap(sf_tape *tape, uint64_t gap, uint64_t a, uint64_t b)


cdef sf_tape tape_of(const uint32_t[::1] words) noexcept nogil:
    cdef sf_tape tape
    tape.words = &words[0]
    tape.next = tape.dry = tape.overflown = 0
    tape.end = words.shape[0]
    return tape


cdef inline tuple fill(sf_law law, int64_t[::1] out, const uint32_t[::1] words, uint64_t p, uint64_t q):
    cdef int64_t i = 0, used = 0, n = out.shape[0]
    cdef sf_tape tape
    if n == 0 or words.shape[0] == 0:
        return 0, 0, False
    with nogil:
        tape = tape_of(words)
        while i < n:
            out[i] = law(&tape, p, q)
            if tape.dry:
                break
            i += 1
            used = tape.next
    return i, used, bool(tape.overflown)


def fill_laplace(int64_t[::1] out not None, const uint32_t[::1] words not None, uint64_t p, uint64_t q):
    return fill(sf_draw_laplace, out, words, p, q)


def fill_gaussian(int64_t[::1] out not None, const uint32_t[::1] words not None, uint64_t p, uint64_t q):
    return fill(sf_draw_gaussian, out, words, p, q)


def select_candidate(
    const int64_t[::1] scores not None, const uint32_t[::1] words not None, int64_t best, uint64_t a, uint64_t b
):
    cdef int64_t i = -1, used = 0, n = scores.shape[0]
    cdef sf_tape tape
    cdef bint accepted = False
    if n == 0 or words.shape[0] == 0:
        return -1, 0
    with nogil:
        tape = tape_of(words)
        while True:
            i = <int64_t>sf_below(&tape, <uint64_t>n)
            accepted = sf_survives_gap(&tape, <uint64_t>best - <uint64_t>scores[i], a, b)
            if tape.dry:
                break
            used = tape.next
            if accepted:
                break
    return (-1 if tape.dry else i), used


def fill_responses(
    int64_t[::1] out not None,
    const int64_t[::1] codes not None,
    const uint32_t[::1] words not None,
    uint64_t n_categories,
    uint64_t a,
    uint64_t b,
):
    cdef int64_t i = 0, used = 0, answer, n = out.shape[0]
    cdef sf_tape tape
    cdef bint accepted = False
    if n == 0 or words.shape[0] == 0:
        return 0, 0
    with nogil:
        tape = tape_of(words)
        while i < n:
            answer = <int64_t>sf_below(&tape, n_categories)
            accepted = sf_survives_gap(&tape, answer != codes[i], a, b)
            if tape.dry:
                break
            used = tape.next
            if accepted:
                out[i] = answer
                i += 1
    return i, used
