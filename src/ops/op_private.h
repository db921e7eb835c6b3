/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What op.c and the table that tools/gen_ops.py makes share: the tree of routes, as three constant
 * arrays, so that finding an operation allocates nothing and waits for nothing.
 */
#ifndef OPS_OP_PRIVATE_H
#define OPS_OP_PRIVATE_H

#include <stdint.h>

#include "base/str.h"

/* What the generator guarantees (tools/opsgen/tables.py has the same numbers). */
#define OP_PARAMS_MAX 64
#define OP_PATH_VALUES_MAX 8

/* The place after a path's first segments. Node 0 is the root, before the first segment. */
struct op_node {
    uint16_t first_edge, n_edges;   /* literal segments that may follow */
    uint16_t any;                   /* the node after a {parameter}; 0: none may follow */
    uint16_t first_route, n_routes; /* operations whose path ends here */
};

struct op_edge {
    struct str segment;
    uint16_t node;
};

struct op_route {
    int method;
    uint16_t op;
};

extern const struct op_node op_nodes[];
extern const struct op_edge op_edges[];
extern const struct op_route op_routes[];

#endif
