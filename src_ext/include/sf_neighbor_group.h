/* What a search for near rows is given, and what it holds while a group of 64 queries is answered. */
#ifndef SF_NEIGHBOR_GROUP_H
#define SF_NEIGHBOR_GROUP_H
#include <stdint.h>

enum { SF_LANES = 64, SF_SIDE = 6 };
#define SF_ALL 1e30f /* more than any squared distance of places, and finite, so that differences of it are */

/* Places once more, as bytes: whole steps of 1 / `fineness` from the centre. */
typedef struct {
    float fineness;
    int64_t n_fours;       /* fours of coordinates, zeros beyond the last */
    const uint8_t *cells;  /* (n_blocks, n_fours, 64, 4): steps plus 128; NULL where there are no bytes */
    const int32_t *halves; /* (n_blocks, 64): half the squared norms in steps, rounded down */
    const float *errors;   /* bounds on the distance of places from their steps: (n_groups, 64) of queries, of rows the
                              largest of each block, (n_blocks) */
} sf_neighbor_bytes;

typedef struct {
    int64_t n_numbers, n_codes;
    int64_t n_lead;          /* coordinates after which a strip of rows may be given up; n_numbers for none */
    int64_t n_blocks, n_levels;
    int single;              /* rows are floats, else doubles */
    double mismatch;         /* squared distance of two unequal codes */
    double unit;             /* squared distance of places per squared distance of rows */
    double slack;
    double haste;            /* squared distances that boxes have to beat, as a share of those found; 1 is exact */
    const void *rows;        /* (n_rows, n_numbers) */
    const int32_t *codes;    /* (n_rows, n_codes) */
    const int64_t *row_of;   /* (n_blocks, 64), -1 past the last row */
    const float *places;     /* (n_blocks, n_numbers, 64) */
    const float *lead_half, *tail_half; /* (n_blocks, 64): half the squared norms of both parts of the coordinates */
    const uint8_t *marks;    /* (n_blocks, n_codes, 64): last bytes of codes */
    const float *low, *high; /* (n_box_blocks, n_numbers + n_codes, 64), level after level from the lowest */
    const float *radius;     /* (n_box_blocks, 64): largest norm in the box */
    const int64_t *starts;   /* (n_levels + 1): first block of a level */
    sf_neighbor_bytes bytes;
} sf_neighbor_tree;

typedef struct {
    const void *rows;
    const int32_t *codes;
    const int64_t *row_of, *slot_of; /* (n_groups, 64): the query's row and where its answer goes, -1 past the last */
    const float *places;
    const float *lead_half, *tail_half;
    const uint8_t *marks;
    sf_neighbor_bytes bytes;
    int own; /* queries are rows of the tree: a row is not its own neighbour */
} sf_neighbor_queries;

typedef struct {
    const sf_neighbor_tree *tree;
    const sf_neighbor_queries *all;
    int64_t group, k;
    double *found;     /* (n_queries, k): squared distances */
    int64_t *nearest;  /* (n_queries, k) */
    float *minus;      /* (64, n_numbers): the group's places, negated */
    float *low, *high; /* (n_numbers + n_codes): the group's box */
    float norm[SF_LANES], norm_half[SF_LANES], lead_half[SF_LANES];
    float most[SF_LANES]; /* squared distance of places that a query's answer still asks for; -1 past the last query */
    float radius, worst;  /* largest norm and largest `most` */
    int8_t *minus_bytes;  /* (64, 4 * n_fours): steps, negated */
    int32_t byte_base[SF_LANES]; /* what a limit has besides half the squared distance asked for */
    float byte_error[SF_LANES];
    float rough;          /* largest byte_error */
} sf_neighbor_group;
#endif
