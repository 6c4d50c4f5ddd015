/* Sorting float64 values by radix. A value becomes an item of 64 bits: for a sort its key less the smallest key, for an
   order the 32 leading bits of that above its position. The leading bits are sorted by up to four stable counting
   passes; what shares all of them is a group, and is sorted by the bits that are left.
   Knuth, "The Art of Computer Programming" vol. 3, 5.2.5. */
#ifndef SF_SORT_H
#define SF_SORT_H
#include <math.h>
#include <string.h>
#include "sf_keys.h"

enum {
    SF_PREFIX_BITS = 32,
    SF_DIGIT_BITS = 10,        /* wider digits scatter to more cache lines than the first level holds */
    SF_SMALL_DIGIT_BITS = 8,
    SF_MAX_DIGITS = SF_PREFIX_BITS / SF_SMALL_DIGIT_BITS,
    SF_SMALL_SORT = 4096,      /* below this clearing the counters of wide digits costs more than the passes saved */
    SF_INSERTION_SORT = 48
};

/* Where the leading bits end: at the last bit that varies, or after SF_PREFIX_BITS. */
SF_INLINE int sf_lowest_bit(const sf_key_range *range) {
    int width = sf_bit_length(range->highest - range->lowest), zeros = sf_trailing_zeros(range->varying);
    return width - zeros > SF_PREFIX_BITS ? width - SF_PREFIX_BITS : zeros;
}

/* Sorts by bits low .. high - 1, stable; returns the buffer that the result is in. Digits that do not vary cost no pass. */
static uint64_t *sf_sort_bits(uint64_t *items, uint64_t *scratch, int64_t n, int low, int high) {
    uint32_t counts[SF_MAX_DIGITS][1 << SF_DIGIT_BITS];
    int widest = n < SF_SMALL_SORT ? SF_SMALL_DIGIT_BITS : SF_DIGIT_BITS, n_digits = (high - low + widest - 1) / widest;
    if (n < 2 || n_digits == 0) return items;
    int bits = (high - low + n_digits - 1) / n_digits;
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (int d = 0; d < n_digits; d++) memset(counts[d], 0, sizeof(uint32_t) << bits);
    for (int64_t i = 0; i < n; i++) {
        uint64_t item = items[i] >> low;
        for (int d = 0; d < n_digits; d++) counts[d][(item >> (d * bits)) & mask]++;
    }
    for (int d = 0; d < n_digits; d++) {
        int shift = low + d * bits;
        uint32_t *place = counts[d], total = 0;
        if (place[(items[0] >> shift) & mask] == n) continue;
        for (uint64_t c = 0; c <= mask; c++) {
            uint32_t size = place[c];
            place[c] = total;
            total += size;
        }
        for (int64_t i = 0; i < n; i++) scratch[place[(items[i] >> shift) & mask]++] = items[i];
        uint64_t *swap = items;
        items = scratch;
        scratch = swap;
    }
    return items;
}

/* Sorts a group that agrees in all bits from `high` up, in place; items that agree from `low` up keep their order if
   positions stand below. */
static void sf_sort_group(uint64_t *items, uint64_t *scratch, int64_t n, int low, int high) {
    int64_t i = 1;
    while (i < n && items[i - 1] <= items[i]) i++;
    if (i >= n) return;
    if (n > SF_INSERTION_SORT) {
        const uint64_t *sorted = sf_sort_bits(items, scratch, n, low, high);
        if (sorted != items) memcpy(items, sorted, (size_t)n * sizeof *items);
        return;
    }
    for (; i < n; i++) {
        uint64_t item = items[i];
        int64_t j = i;
        for (; j > 0 && items[j - 1] > item; j--) items[j] = items[j - 1];
        items[j] = item;
    }
}

SF_INLINE int64_t sf_group_end(const uint64_t *items, int64_t start, int64_t n, int shift) {
    uint64_t prefix = items[start] >> shift;
    int64_t end = start + 1;
    while (end < n && items[end] >> shift == prefix) end++;
    return end;
}

static void sf_pack_keys(const double *values, int64_t n, const sf_key_range *range, uint64_t *items) {
    int64_t n_items = 0;
    if (range->n_present == n) {
        for (int64_t i = 0; i < n; i++) items[i] = sf_key(values[i]) - range->lowest;
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        items[n_items] = sf_key(values[i]) - range->lowest;
        n_items += values[i] == values[i];
    }
}

static void sf_unpack_keys(const uint64_t *items, int64_t n, uint64_t lowest, uint64_t *bits) {
    for (int64_t i = 0; i < n; i++) bits[i] = sf_bits_of_key(items[i] + lowest);
}

static void sf_reverse(uint64_t *items, int64_t n) {
    for (int64_t i = 0, j = n - 1; i < j; i++, j--) {
        uint64_t item = items[i];
        items[i] = items[j];
        items[j] = item;
    }
}

/* Ascending bits of the values into `out`, NaN last; `out` and `scratch` hold n words. */
static void sf_sort_values(const double *values, int64_t n, uint64_t *out, uint64_t *scratch) {
    sf_key_range range = sf_scan_keys(values, n);
    int64_t n_present = range.n_present;
    int zeros = sf_trailing_zeros(range.varying), low = sf_lowest_bit(&range);
    sf_pack_keys(values, n, &range, out);
    if (!range.falls || !range.rises) {
        if (range.falls) sf_reverse(out, n);
        sf_unpack_keys(out, n, range.lowest, out);
        return;
    }
    uint64_t *sorted = sf_sort_bits(out, scratch, n_present, low, sf_bit_length(range.highest - range.lowest));
    for (int64_t i = 0, end; low > zeros && i < n_present; i = end) {
        end = sf_group_end(sorted, i, n_present, low);
        sf_sort_group(sorted + i, (sorted == out ? scratch : out) + i, end - i, zeros, low);
    }
    sf_unpack_keys(sorted, n_present, range.lowest, out);
    for (int64_t i = n_present; i < n; i++) out[i] = sf_bits(NAN);
}

/* Items of an order: leading bits of the key above the position. Positions are below 2^32. */
SF_CLONES static void sf_pack_order(
    const double *values, int64_t n, const sf_key_range *range, int low, uint64_t *items
) {
    int64_t n_items = 0;
    if (range->n_present == n) {
        for (int64_t i = 0; i < n; i++) items[i] = (sf_key(values[i]) - range->lowest) >> low << 32 | (uint64_t)i;
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        items[n_items] = (sf_key(values[i]) - range->lowest) >> low << 32 | (uint64_t)i;
        n_items += values[i] == values[i];
    }
}

SF_INLINE int64_t sf_position(uint64_t item) { return (int64_t)(item & 0xffffffffu); }
SF_INLINE int sf_opens_run(uint64_t item) { return (int)(item >> 63); }

/* Keeps of sorted items the position, and in the top bit whether the value is another than the one before. */
static void sf_mark_runs(uint64_t *items, int64_t n) {
    uint64_t before = ~items[0];
    for (int64_t i = 0; i < n; i++) {
        uint64_t item = items[i];
        items[i] = (item & 0xffffffffu) | (uint64_t)((item ^ before) >> 32 != 0) << 63;
        before = item;
    }
}

/* The marked order of values that never fall, or never rise. */
static void sf_order_monotone(const double *values, int64_t n, int falls, uint64_t *items) {
    int64_t at = 0;
    for (int64_t i = 0, end; i < n; i = end) {
        double x = values[falls ? n - 1 - i : i];
        for (end = i + 1; end < n && values[falls ? n - 1 - end : end] == x;) end++;
        uint64_t first = (uint64_t)(falls ? n - end : i), opens = SF_SIGN;
        for (; at < end; at++, first++, opens = 0) items[at] = first | opens;
    }
}

/* Positions of the values that are present in ascending order of value, ties in order of position, with the first of each
   run of ties marked. Returns the buffer that they are in. */
static uint64_t *sf_sort_order(
    const double *values, int64_t n, const sf_key_range *range, uint64_t *items, uint64_t *scratch
) {
    int64_t n_present = range->n_present;
    int zeros = sf_trailing_zeros(range->varying), low = sf_lowest_bit(range);
    int width = sf_bit_length(range->highest - range->lowest);
    if (n_present == 0) return items;
    if (!range->falls || !range->rises) {
        sf_order_monotone(values, n, range->falls, items);
        return items;
    }
    sf_pack_order(values, n, range, low, items);
    uint64_t *sorted = sf_sort_bits(items, scratch, n_present, 32, 32 + width - low), rest = ((uint64_t)1 << low) - 1;
    uint64_t *other = sorted == items ? scratch : items;
    if (low <= zeros) {
        sf_mark_runs(sorted, n_present);
        return sorted;
    }
    for (int64_t i = 0, end; i < n_present; i = end) {
        end = sf_group_end(sorted, i, n_present, 32);
        for (int64_t k = i; k < end && end - i > 1; k++) {
            uint64_t position = sorted[k] & 0xffffffffu;
            sorted[k] = ((sf_key(values[position]) - range->lowest) & rest) << 32 | position;
        }
        sf_sort_group(sorted + i, other + i, end - i, 32, 32 + low);
        sf_mark_runs(sorted + i, end - i);
    }
    return sorted;
}

/* Positions in ascending order of value, ties and NaN (last) in order of position. */
static void sf_argsort_values(const double *values, int64_t n, int64_t *order, uint64_t *items, uint64_t *scratch) {
    sf_key_range range = sf_scan_keys(values, n);
    const uint64_t *sorted = sf_sort_order(values, n, &range, items, scratch);
    int64_t at = range.n_present;
    for (int64_t i = 0; i < at; i++) order[i] = sf_position(sorted[i]);
    for (int64_t i = 0; at < n; i++) {
        if (values[i] != values[i]) order[at++] = i;
    }
}

enum { SF_RANK_AVERAGE, SF_RANK_MIN, SF_RANK_MAX, SF_RANK_ORDINAL };

/* Ranks from 1; NaN for NaN. */
static void sf_rank_values(
    const double *values, int64_t n, int method, double *ranks, uint64_t *items, uint64_t *scratch
) {
    sf_key_range range = sf_scan_keys(values, n);
    const uint64_t *sorted = sf_sort_order(values, n, &range, items, scratch);
    for (int64_t i = 0, end; i < range.n_present; i = end) {
        end = i + 1;
        while (method != SF_RANK_ORDINAL && end < range.n_present && !sf_opens_run(sorted[end])) end++;
        double first = (double)(i + 1), last = (double)end;
        double rank = method == SF_RANK_AVERAGE ? 0.5 * (first + last) : method == SF_RANK_MAX ? last : first;
        for (int64_t k = i; k < end; k++) ranks[sf_position(sorted[k])] = rank;
    }
    for (int64_t i = 0; i < n && range.n_present < n; i++) {
        if (values[i] != values[i]) ranks[i] = NAN;
    }
}
#endif
