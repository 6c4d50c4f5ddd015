/* Rows grouped by exact 64-bit keys: keys in mixed radix, dense counts, and hashing by partitions. Nothing here depends on
   the number of threads: counts are integers, and chunks and partitions are fixed. */
#ifndef SF_GROUPING_H
#define SF_GROUPING_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "sf_clones.h"

enum { SF_KEY_CHUNK = 4096 };

/* What an item of a column is; the sign and size of NumPy's integers. */
enum { SF_INT8, SF_INT16, SF_INT32, SF_INT64, SF_UINT8, SF_UINT16, SF_UINT32, SF_UINT64 };

typedef struct {
    const void *values;
    int kind;
    uint64_t low;   /* taken off each value, modulo 2^64 */
    uint64_t width; /* values less low are below it */
} sf_digit;

#define SF_ADD_DIGIT(TYPE)                                                                                              \
    {                                                                                                                   \
        const TYPE *values = (const TYPE *)digit->values + start;                                                       \
        for (int64_t i = 0; i < n; i++) keys[i] = keys[i] * width + ((uint64_t)(int64_t)values[i] - low);               \
        break;                                                                                                          \
    }

/* keys[i] = keys[i] * width + (values[start + i] - low), for n rows. */
SF_CLONES
static void sf_add_digit(const sf_digit *digit, int64_t start, int64_t n, uint64_t *keys) {
    const uint64_t low = digit->low, width = digit->width;
    switch (digit->kind) {
        case SF_INT8: SF_ADD_DIGIT(int8_t)
        case SF_INT16: SF_ADD_DIGIT(int16_t)
        case SF_INT32: SF_ADD_DIGIT(int32_t)
        case SF_INT64: SF_ADD_DIGIT(int64_t)
        case SF_UINT8: SF_ADD_DIGIT(uint8_t)
        case SF_UINT16: SF_ADD_DIGIT(uint16_t)
        case SF_UINT32: SF_ADD_DIGIT(uint32_t)
        default: SF_ADD_DIGIT(uint64_t)
    }
}

/* Rows start .. stop - 1 counted by key. */
static void sf_count_keys(const uint64_t *keys, int64_t start, int64_t stop, int32_t *counts) {
    for (int64_t i = start; i < stop; i++) counts[keys[i]]++;
}

/* Fibonacci hashing: the leading bits of the product are well mixed. Knuth, vol. 3, 6.4. */
SF_INLINE uint64_t sf_mixed_key(uint64_t key) {
    key ^= key >> 32;
    return key * 0x9E3779B97F4A7C15u;
}

SF_INLINE int64_t sf_partition_of(uint64_t key, int bits) {
    return bits ? (int64_t)(sf_mixed_key(key) >> (64 - bits)) : 0;
}

static void sf_count_partitions(const uint64_t *keys, int64_t start, int64_t stop, int bits, int64_t *counts) {
    for (int64_t i = start; i < stop; i++) counts[sf_partition_of(keys[i], bits)]++;
}

/* Keys and rows put in their partitions; `places` says where this chunk's rows go next in each. */
static void sf_scatter_keys(
    const uint64_t *keys, int64_t start, int64_t stop, int bits, int64_t *places, uint64_t *parted, int32_t *rows
) {
    for (int64_t i = start; i < stop; i++) {
        const int64_t place = places[sf_partition_of(keys[i], bits)]++;
        parted[place] = keys[i];
        rows[place] = (int32_t)i;
    }
}

/* The n keys of one partition numbered in order of first appearance; returns how many differ, or -1 without memory. The
   table holds numbers, and every hit is compared with the whole key. */
static int64_t sf_number_keys(
    const uint64_t *keys, int64_t n, int bits, int32_t *numbers, uint64_t *unique, int32_t *counts
) {
    int log_size = 4;
    while (((int64_t)1 << log_size) < 2 * n) log_size++;
    const uint64_t mask = ((uint64_t)1 << log_size) - 1;
    int32_t *table = malloc(sizeof(int32_t) << log_size);
    if (table == NULL) return -1;
    memset(table, 0xff, sizeof(int32_t) << log_size);
    int64_t n_unique = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t slot = (sf_mixed_key(keys[i]) << bits) >> (64 - log_size);
        while (table[slot] >= 0 && unique[table[slot]] != keys[i]) slot = (slot + 1) & mask;
        if (table[slot] < 0) {
            table[slot] = (int32_t)n_unique;
            unique[n_unique] = keys[i];
            counts[n_unique++] = 0;
        }
        numbers[i] = table[slot];
        counts[table[slot]]++;
    }
    free(table);
    return n_unique;
}
#endif
