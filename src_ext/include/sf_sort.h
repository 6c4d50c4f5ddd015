/* Sorted values, order and ranks of a float64 column. A value becomes an integer code in the same order: its decimal cell
   where that is short, else its key; both less the smallest. */
#ifndef SF_SORT_H
#define SF_SORT_H
#include <math.h>
#include "sf_decimals.h"
#include "sf_prefetch.h"
#include "sf_radix.h"

enum { SF_AHEAD = 64 }; /* items between a value's prefetch and its use */

/* Codes are below 2^width, and their `zeros` lowest bits are 0. `scale` is 0 where codes come from keys. */
typedef struct { double scale; uint64_t lowest; int width, zeros; } sf_coding;

static sf_coding sf_choose_coding(const double *values, int64_t n, const sf_key_range *range, int room) {
    sf_coding keys = {0.0, range->lowest, sf_bit_length(range->highest - range->lowest), 0};
    keys.zeros = sf_trailing_zeros(range->varying);
    if (keys.width - keys.zeros <= room) return keys;
    double lowest = sf_double_of_key(range->lowest), highest = sf_double_of_key(range->highest);
    double scale = sf_find_scale(values, n, lowest, highest);
    if (scale == 0.0) return keys;
    sf_coding cells = {scale, sf_cell_bits(lowest, scale), 0, 0};
    cells.width = sf_bit_length(sf_cell_bits(highest, scale) - cells.lowest);
    return cells.width <= room ? cells : keys;
}

SF_INLINE uint64_t sf_code(double x, sf_coding coding) {
    return (coding.scale > 0.0 ? sf_cell_bits(x, coding.scale) : sf_key(x)) - coding.lowest;
}

SF_INLINE uint64_t sf_decode(uint64_t code, sf_coding coding) {
    if (coding.scale > 0.0) return sf_bits((sf_double(code + coding.lowest) - SF_ROUNDER) / coding.scale);
    return sf_bits_of_key(code + coding.lowest);
}

/* Items of the values that are present: the code without its `drop` lowest bits above the position, or the code alone if
   `position_bits` is 0. */
SF_CLONES static void sf_pack_items(
    const double *values, int64_t n, int64_t n_present, sf_coding coding, int drop, int position_bits, uint64_t *items
) {
    uint64_t keep = 0 - (uint64_t)(position_bits > 0);
    int64_t n_items = 0;
    if (n_present == n) {
        for (int64_t i = 0; i < n; i++) {
            items[i] = sf_code(values[i], coding) >> drop << position_bits | ((uint64_t)i & keep);
        }
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        items[n_items] = sf_code(values[i], coding) >> drop << position_bits | ((uint64_t)i & keep);
        n_items += values[i] == values[i];
    }
}

/* Bits of the values in ascending order, NaN last; `out` and `scratch` hold n words. */
static void sf_sort_values(const double *values, int64_t n, uint64_t *out, uint64_t *scratch) {
    sf_key_range range = sf_scan_keys(values, n);
    if (!range.falls || !range.rises) {
        for (int64_t i = 0; i < n; i++) out[i] = sf_bits(values[range.falls ? n - 1 - i : i] + 0.0);
        return;
    }
    sf_coding coding = sf_choose_coding(values, n, &range, SF_PASS_BITS);
    sf_pack_items(values, n, range.n_present, coding, 0, 0, out);
    const uint64_t *sorted = sf_sort_items(out, scratch, range.n_present, coding.zeros, coding.width);
    for (int64_t i = 0; i < range.n_present; i++) out[i] = sf_decode(sorted[i], coding);
    for (int64_t i = range.n_present; i < n; i++) out[i] = sf_bits(NAN);
}

/* Of a marked order: the position, and whether the value is another than the one before. */
SF_INLINE int64_t sf_position(uint64_t item) { return (int64_t)(item & ~SF_SIGN); }
SF_INLINE int sf_opens_run(uint64_t item) { return (int)(item >> 63); }

static void sf_mark_runs(uint64_t *items, int64_t n, int position_bits) {
    uint64_t before = ~items[0], mask = ((uint64_t)1 << position_bits) - 1;
    for (int64_t i = 0; i < n; i++) {
        uint64_t item = items[i];
        items[i] = (item & mask) | (uint64_t)((item ^ before) > mask) << 63;
        before = item;
    }
}

/* The marked order of values that never fall, or never rise. */
static void sf_order_monotone(const double *values, int64_t n, int falls, uint64_t *items) {
    for (int64_t i = 0, end; i < n; i = end) {
        double x = values[falls ? n - 1 - i : i];
        for (end = i + 1; end < n && values[falls ? n - 1 - end : end] == x;) end++;
        uint64_t first = (uint64_t)(falls ? n - end : i);
        items[i] = first | SF_SIGN;
        for (int64_t k = i + 1; k < end; k++) items[k] = first + (uint64_t)(k - i);
    }
}

/* Tells apart what shares all bits of the code but the `drop` lowest, and marks the runs. */
static void sf_settle_groups(
    const double *values, int64_t n, sf_coding coding, int drop, int position_bits, uint64_t *items, uint64_t *scratch
) {
    uint64_t rest = ((uint64_t)1 << drop) - 1, mask = ((uint64_t)1 << position_bits) - 1;
    for (int64_t i = 0, end; i < n; i = end) {
        end = sf_group_end(items, i, n, position_bits);
        if (end - i > 1) {
            for (int64_t k = i; k < end; k++) {
                uint64_t position = items[k] & mask;
                if (k + SF_AHEAD < n) SF_PREFETCH(values + (items[k + SF_AHEAD] & mask));
                items[k] = (sf_code(values[position], coding) & rest) << position_bits | position;
            }
            sf_sort_group(items + i, scratch + i, end - i, position_bits, position_bits + drop);
        }
        sf_mark_runs(items + i, end - i, position_bits);
    }
}

/* Marked order of the values that are present, ties in order of position; n < 2^32. Returns the buffer it is in. */
static uint64_t *sf_sort_order(
    const double *values, int64_t n, const sf_key_range *range, uint64_t *items, uint64_t *scratch
) {
    int position_bits = sf_bit_length((uint64_t)n), room = 64 - position_bits;
    if (range->n_present == 0) return items;
    if (!range->falls || !range->rises) {
        sf_order_monotone(values, n, range->falls, items);
        return items;
    }
    sf_coding coding = sf_choose_coding(values, n, range, room);
    int drop = coding.width - coding.zeros > room ? coding.width - room : coding.zeros;
    sf_pack_items(values, n, range->n_present, coding, drop, position_bits, items);
    uint64_t *sorted = sf_sort_items(items, scratch, range->n_present, position_bits, position_bits + coding.width - drop);
    if (drop == coding.zeros) {
        sf_mark_runs(sorted, range->n_present, position_bits);
    } else {
        uint64_t *other = sorted == items ? scratch : items;
        sf_settle_groups(values, range->n_present, coding, drop, position_bits, sorted, other);
    }
    return sorted;
}

/* Positions in ascending order of value, ties and NaN (last) in order of position; `order` and `scratch` hold n words. */
static void sf_argsort_values(const double *values, int64_t n, uint64_t *order, uint64_t *scratch) {
    sf_key_range range = sf_scan_keys(values, n);
    const uint64_t *sorted = sf_sort_order(values, n, &range, order, scratch);
    int64_t at = range.n_present;
    for (int64_t i = 0; i < at; i++) order[i] = (uint64_t)sf_position(sorted[i]);
    for (int64_t i = 0; at < n; i++) {
        if (values[i] != values[i]) order[at++] = (uint64_t)i;
    }
}

enum { SF_RANK_AVERAGE, SF_RANK_MIN, SF_RANK_MAX, SF_RANK_ORDINAL };

/* Bits of the ranks from 1, NaN for NaN; `ranks` and `items` hold n words. */
static void sf_rank_values(const double *values, int64_t n, int method, uint64_t *ranks, uint64_t *items) {
    sf_key_range range = sf_scan_keys(values, n);
    const uint64_t *sorted = sf_sort_order(values, n, &range, items, ranks);
    if (sorted == ranks) memcpy(items, ranks, (size_t)range.n_present * sizeof *items);
    for (int64_t i = 0, end; i < range.n_present; i = end) {
        end = i + 1;
        while (method != SF_RANK_ORDINAL && end < range.n_present && !sf_opens_run(items[end])) end++;
        double first = (double)(i + 1), last = (double)end;
        double rank = method == SF_RANK_AVERAGE ? 0.5 * (first + last) : method == SF_RANK_MAX ? last : first;
        for (int64_t k = i; k < end; k++) ranks[sf_position(items[k])] = sf_bits(rank);
    }
    for (int64_t i = 0; i < n && range.n_present < n; i++) {
        if (values[i] != values[i]) ranks[i] = sf_bits(NAN);
    }
}
#endif
