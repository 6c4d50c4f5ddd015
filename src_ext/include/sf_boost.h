/* Boosting of oblivious trees for a binary target, in one call and one thread: callers run many boosters side by side.

   Rows lie in 32 stretches; each tree is grown on some of them and judged on others, and a tree that does not lower the
   loss of its judges is thrown away. The judges of one tree were in the bags of earlier ones, and trees are kept for what
   they say: the gains that are written down are above those of fresh rows. What keeps noise from being learned is the
   trial: the first trees, kept or not, must lower the loss of their judges, by the end or clearly at some time, or all
   are dropped and shallow ones tried instead; where those fail too nothing is grown. After so many trees in a row that
   are thrown away (half of `patience`, and one more for every eight that were kept, up to all of it) only shallow ones
   are grown, and after half as many of those the booster is done. Rows are expected in random order. Gradients are fixed
   point, so that sums are exact and siblings differ exactly. */
#ifndef SF_BOOST_H
#define SF_BOOST_H
#include <stdlib.h>

#include "sf_boost_level.h"
#include "sf_forest.h"
#include "sf_mix.h"

#define SF_STRETCHES 32
#define SF_LAST_DEPTH 2
#define SF_CLEAR 5.0 /* nats on the way that decide a trial: noise comes so far less than once in e^5 = 148 trials */

typedef struct {
    const uint8_t *codes; /* (n_features, n_rows) */
    const int32_t *n_codes;
    const uint8_t *target; /* (n_rows,) 0 or 1 */
    float *score;          /* (n_rows,) log odds: start, then result */
    ptrdiff_t n_rows;
    int n_features, depth, max_trees, patience, n_trial, n_tried, n_bag; /* n_trial: trees on trial, 0 for none */
    float rate, ridge;
    uint64_t key;
    int32_t *feature;   /* (max_trees, depth) */
    uint8_t *threshold; /* (max_trees, depth) */
    float *leaf;        /* (max_trees, 2^depth) */
    double *gain;       /* (max_trees,) fall of the mean loss of the rows that judged each tree */
} sf_boost_task;

typedef struct {
    ptrdiff_t start[SF_STRETCHES + 1];
    int order[SF_STRETCHES]; /* first the bag, then the judges */
    int n_judges;
    int *features; /* first those that this tree may ask */
    int64_t *packed;
    uint8_t *node;
    float *start_score;
    sf_level_space space;
} sf_boost_space;

/* Move k random elements to the front. */
static void sf_shuffle_front(int *values, int n, int k, uint64_t *state) {
    for (int i = 0; i < k && i < n - 1; i++) {
        const int j = i + (int)(sf_mix(*state += SF_GOLDEN) % (uint64_t)(n - i)), kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
}

static int sf_open_boost_space(sf_boost_space *space, const sf_boost_task *task) {
    const ptrdiff_t n = task->n_rows;
    memset(space, 0, sizeof *space);
    for (int s = 0; s <= SF_STRETCHES; s++)
        space->start[s] = n * s / SF_STRETCHES;
    for (int s = 0; s < SF_STRETCHES; s++)
        space->order[s] = s;
    const int others = SF_STRETCHES - task->n_bag;
    space->n_judges = others < task->n_bag ? others : task->n_bag;
    space->features = malloc(sizeof(int) * (size_t)(task->n_features + 1));
    space->packed = malloc(sizeof(int64_t) * (size_t)(n + 1));
    space->node = malloc((size_t)n + 1);
    space->start_score = malloc(sizeof(float) * (size_t)(n + 1));
    if (!space->features || !space->packed || !space->node || !space->start_score)
        return -1;
    for (int f = 0; f < task->n_features; f++)
        space->features[f] = f;
    return sf_open_level_space(&space->space, (n / SF_STRETCHES + 1) * task->n_bag, task->n_features, task->n_tried,
                               task->n_codes, task->depth);
}

static void sf_close_boost_space(sf_boost_space *space) {
    free(space->features);
    free(space->packed);
    free(space->node);
    free(space->start_score);
    sf_close_level_space(&space->space);
}

/* Choose rows and features for the next tree and bring the bag together. */
static void sf_fill_bag(sf_boost_space *space, const sf_boost_task *task, uint64_t *state) {
    sf_shuffle_front(space->order, SF_STRETCHES, SF_STRETCHES, state);
    sf_shuffle_front(space->features, task->n_features, task->n_tried, state);
    for (int s = 0; s < task->n_bag + space->n_judges; s++) {
        const ptrdiff_t start = space->start[space->order[s]], size = space->start[space->order[s] + 1] - start;
        sf_pack_gradients(task->score + start, task->target + start, size, space->packed + start);
    }
    sf_level_space *bag = &space->space;
    bag->n_rows = 0;
    for (int s = 0; s < task->n_bag; s++) {
        const ptrdiff_t start = space->start[space->order[s]], size = space->start[space->order[s] + 1] - start;
        memcpy(bag->packed + bag->n_rows, space->packed + start, sizeof(int64_t) * (size_t)size);
        for (int k = 0; k < task->n_tried; k++)
            memcpy(bag->codes + k * bag->capacity + bag->n_rows,
                   task->codes + space->features[k] * task->n_rows + start, (size_t)size);
        bag->n_rows += size;
    }
}

/* Levels of the new tree, at most depth, that ask something. */
static int sf_grow_tree(sf_boost_space *space, const sf_boost_task *task, int depth, int32_t *feature,
                        uint8_t *threshold) {
    sf_level_space *bag = &space->space;
    sf_start_levels(bag);
    for (int level = 0; level < depth; level++) {
        sf_question best = sf_best_question(bag, space->features, task->n_tried, task->n_codes, level,
                                            task->ridge * SF_FIXED);
        if (best.tried < 0)
            return level;
        feature[level] = space->features[best.tried];
        threshold[level] = best.threshold;
        sf_ask(bag, best, feature[level], level);
    }
    return depth;
}

/* Leaf values, in the order in which sf_walk numbers the nodes; a tree that stopped early asks what nothing passes. */
static void sf_fill_leaves(const sf_level_space *bag, const sf_boost_task *task, int grown, int32_t *feature,
                           uint8_t *threshold, float *leaf) {
    memset(leaf, 0, sizeof(float) << task->depth);
    for (int level = grown; level < task->depth; level++) {
        feature[level] = feature[0];
        threshold[level] = 255;
    }
    for (int p = 0; p < 1 << grown; p++)
        leaf[p << (task->depth - grown)] = -task->rate * sf_unpack_gradient(bag->sums[p])
                                           / (sf_unpack_curvature(bag->sums[p]) + task->ridge * SF_FIXED);
}

static ptrdiff_t sf_count_judges(const sf_boost_space *space, const sf_boost_task *task) {
    ptrdiff_t n = 0;
    for (int s = task->n_bag; s < task->n_bag + space->n_judges; s++)
        n += space->start[space->order[s] + 1] - space->start[space->order[s]];
    return n;
}

/* Change of the loss of the judging rows, in nats and to second order. */
static double sf_judge(const sf_boost_space *space, const sf_boost_task *task, const float *leaf) {
    int64_t sums[SF_MAX_LEAVES];
    double change = 0.0;
    memset(sums, 0, sizeof sums);
    for (int s = task->n_bag; s < task->n_bag + space->n_judges; s++)
        for (ptrdiff_t i = space->start[space->order[s]]; i < space->start[space->order[s] + 1]; i++)
            sums[space->node[i]] += space->packed[i];
    for (int p = 0; p < 1 << task->depth; p++) {
        const double g = sf_unpack_gradient(sums[p]), h = sf_unpack_curvature(sums[p]), v = leaf[p];
        change += (g * v + 0.5 * h * v * v) * (1.0 / SF_FIXED);
    }
    return change;
}

/* Grow the next tree on a new bag and judge it: the change of its judges' loss, 0 where there is nothing to ask. */
static double sf_try_tree(sf_boost_space *space, const sf_boost_task *task, int depth, uint64_t *state, int32_t *feature,
                          uint8_t *threshold, float *leaf) {
    sf_fill_bag(space, task, state);
    const int grown = sf_grow_tree(space, task, depth, feature, threshold);
    if (!grown)
        return 0.0;
    sf_fill_leaves(&space->space, task, grown, feature, threshold, leaf);
    sf_walk(task->codes, task->n_rows, task->n_rows, feature, threshold, task->depth, space->node);
    return sf_judge(space, task, leaf);
}

/* Failures in a row that end growing: after the trial, fewer for a booster that has found little. */
static int sf_patience(const sf_boost_task *task, int n_tries, int n_trees) {
    const int earned = (task->patience + 1) / 2 + n_trees / 8;
    return n_tries < task->n_trial || earned > task->patience ? task->patience : earned;
}

/* Number of trees kept, or -1 if memory ran out. */
static int sf_boost(const sf_boost_task *task) {
    sf_boost_space space;
    uint64_t state = task->key;
    int n_trees = 0, failures = 0, depth = task->depth, n_tries = 0;
    double change_on_trial = 0.0, lowest = 0.0;
    if (sf_open_boost_space(&space, task) < 0) {
        sf_close_boost_space(&space);
        return -1;
    }
    memcpy(space.start_score, task->score, sizeof(float) * (size_t)task->n_rows);
    while (n_trees < task->max_trees && failures < sf_patience(task, n_tries, n_trees)) {
        float *leaf = task->leaf + ((ptrdiff_t)n_trees << task->depth);
        const double change = sf_try_tree(&space, task, depth, &state, task->feature + (ptrdiff_t)n_trees * task->depth,
                                          task->threshold + (ptrdiff_t)n_trees * task->depth, leaf);
        change_on_trial += change;
        lowest = change_on_trial < lowest ? change_on_trial : lowest;
        if (++n_tries == task->n_trial && !(change_on_trial < 0.0 || lowest < -SF_CLEAR)) {
            const int was_shallow = depth <= SF_LAST_DEPTH;
            memcpy(task->score, space.start_score, sizeof(float) * (size_t)task->n_rows);
            n_trees = failures = n_tries = 0;
            change_on_trial = lowest = 0.0;
            depth = SF_LAST_DEPTH;
            if (was_shallow)
                break;
        } else if (change < 0.0) {
            failures = 0;
            task->gain[n_trees++] = -change / (double)sf_count_judges(&space, task);
            sf_add_leaves(space.node, leaf, task->n_rows, task->score);
        } else if (++failures >= sf_patience(task, n_tries, n_trees) && depth > SF_LAST_DEPTH) {
            depth = SF_LAST_DEPTH; /* where deep trees no longer help, shallow ones may */
            failures = sf_patience(task, n_tries, n_trees) / 2;
        }
    }
    sf_close_boost_space(&space);
    return n_trees;
}

#endif
