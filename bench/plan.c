/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads plans and makes the values of a turn. A value that is one whole column, id or constant is
 * handed out as it is; only what is really put together is copied. A plan that does not fit ends
 * the program: a limit measured with half a plan would be worse than none.
 */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"

#define SCRATCH_BYTES (1u << 20)

void plan_fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

const char *plan_option(int argc, char **argv, const char *name, const char *otherwise)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0) {
            return argv[i + 1];
        }
    }
    if (!otherwise) {
        plan_fail(name, "this option is needed");
    }
    return otherwise;
}

double plan_number(int argc, char **argv, const char *name, const char *otherwise)
{
    double value = 0;
    if (!str_to_double(str_of(plan_option(argc, argv, name, otherwise)), &value)) {
        plan_fail(name, "this option is a number");
    }
    return value;
}

/* "name.A.B" between the braces. */
static struct plan_piece piece_of(struct str inside)
{
    static const struct {
        struct str name;
        int kind;
    } names[] = {{STR("pick"), PIECE_PICK}, {STR("uuid"), PIECE_UUID},   {STR("now"), PIECE_NOW},
                 {STR("sid"), PIECE_SID},   {STR("phone"), PIECE_PHONE}, {STR("row"), PIECE_ROW}};
    struct str rest = inside, name = str_cut(&rest, '.');
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (str_eq(name, names[i].name)) {
            int64_t a = 0, b = 0;
            struct str first = rest.p ? str_cut(&rest, '.') : rest;
            if ((first.p && !str_to_i64(first, &a)) || (rest.p && !str_to_i64(rest, &b))) {
                break;
            }
            return (struct plan_piece){names[i].kind, (size_t)a, (size_t)b, {NULL, 0}};
        }
    }
    plan_fail("plan", "a template has a name that is not known");
}

static void parse_template(struct plan_arg *arg, struct str t)
{
    arg->pieces = xcalloc(t.n + 2, sizeof *arg->pieces);
    while (t.n) {
        size_t plain = 0;
        while (plain < t.n && !(plain + 1 < t.n && t.p[plain] == '$' && t.p[plain + 1] == '{')) {
            plain++;
        }
        if (plain) {
            arg->pieces[arg->n++] = (struct plan_piece){PIECE_TEXT, 0, 0, {t.p, plain}};
        }
        t = (struct str){t.p + plain, t.n - plain};
        if (t.n) {
            ptrdiff_t end = str_index(t, '}', 0);
            if (end < 0) {
                plan_fail("plan", "a template has a brace that nothing closes");
            }
            arg->pieces[arg->n++] = piece_of((struct str){t.p + 2, (size_t)end - 2});
            t = (struct str){t.p + end + 1, t.n - (size_t)end - 1};
        }
    }
}

static void check_piece(struct plan *plan, struct plan_variant *v, const struct plan_step *step,
                        const struct plan_piece *piece)
{
    bool good = true;
    if (piece->kind == PIECE_PICK) {
        good = piece->a < plan->n_columns && plan->n_picks > 0;
    } else if (piece->kind == PIECE_UUID) {
        good = piece->a < PLAN_UUIDS_MAX;
    } else if (piece->kind == PIECE_ROW) {
        good = piece->a < (size_t)(step - v->steps) && piece->b < PLAN_KEPT_MAX;
        if (good) {
            v->steps[piece->a].keeps |= 1u << piece->b;
        }
    }
    if (!good) {
        plan_fail("plan", "a template asks for what there is not");
    }
}

static void load_step(struct plan *plan, struct plan_variant *v, json_t *json)
{
    struct plan_step *step = &v->steps[v->n++];
    step->id = plan->n_steps++;
    step->sql = json_string_value(json_object_get(json, "sql"));
    step->sync = json_is_true(json_object_get(json, "sync"));
    json_t *args = json_object_get(json, "args");
    step->n_args = json_array_size(args);
    if (!step->sql || step->n_args > PLAN_ARGS_MAX) {
        plan_fail("plan", "a step has no SQL or too many arguments");
    }
    for (size_t i = 0; i < step->n_args; i++) {
        json_t *arg = json_array_get(args, i);
        struct plan_arg *a = &step->args[i];
        const char *text = json_string_value(json_object_get(arg, "text"));
        a->null = !text;
        a->integer = json_is_true(json_object_get(arg, "integer"));
        parse_template(a, str_of(text));
        for (size_t k = 0; k < a->n; k++) {
            check_piece(plan, v, step, &a->pieces[k]);
        }
    }
}

static void load_picks(struct plan *plan, json_t *rows)
{
    plan->n_picks = json_array_size(rows);
    plan->n_columns = json_array_size(json_array_get(rows, 0));
    plan->picks = xcalloc(plan->n_picks * plan->n_columns + 1, sizeof *plan->picks);
    for (size_t i = 0; i < plan->n_picks; i++) {
        json_t *row = json_array_get(rows, i);
        for (size_t k = 0; k < plan->n_columns; k++) {
            struct str *cell = &plan->picks[i * plan->n_columns + k];
            *cell = str_of(json_string_value(json_array_get(row, k)));
        }
    }
}

struct plan *plan_load(const char *path)
{
    struct plan *plan = xcalloc(1, sizeof *plan);
    json_error_t error;
    plan->json = json_load_file(path, 0, &error);
    if (!plan->json) {
        plan_fail(path, error.text);
    }
    load_picks(plan, json_object_get(plan->json, "picks"));
    json_t *setup = json_object_get(plan->json, "setup");
    plan->n_setup = json_array_size(setup);
    plan->setup = xcalloc(plan->n_setup + 1, sizeof *plan->setup);
    for (size_t i = 0; i < plan->n_setup; i++) {
        plan->setup[i] = json_string_value(json_array_get(setup, i));
    }
    json_t *variants = json_object_get(plan->json, "variants");
    plan->n_variants = json_array_size(variants);
    plan->variants = xcalloc(plan->n_variants + 1, sizeof *plan->variants);
    for (size_t i = 0; i < plan->n_variants; i++) {
        json_t *variant = json_array_get(variants, i), *steps = json_object_get(variant, "steps");
        plan->variants[i].share = json_number_value(json_object_get(variant, "share"));
        if (json_array_size(steps) == 0 || json_array_size(steps) > PLAN_STEPS_MAX) {
            plan_fail(path, "a variant has no steps or too many");
        }
        for (size_t k = 0; k < json_array_size(steps); k++) {
            load_step(plan, &plan->variants[i], json_array_get(steps, k));
        }
    }
    if (plan->n_variants == 0) {
        plan_fail(path, "the plan has no variants");
    }
    return plan;
}

static uint64_t next_random(struct plan_run *r)
{
    r->random ^= r->random << 13;
    r->random ^= r->random >> 7;
    r->random ^= r->random << 17;
    return r->random;
}

void plan_run_init(struct plan_run *r, const struct plan *plan)
{
    *r = (struct plan_run){.plan = plan};
    random_bytes(&r->random, sizeof r->random); /* names at the provider must be new each time */
    r->room = SCRATCH_BYTES;
    r->scratch = xmalloc(r->room);
}

void plan_run_next(struct plan_run *r)
{
    const struct plan *plan = r->plan;
    double at = (double)(next_random(r) >> 11) / (double)(1ull << 53);
    size_t v = 0;
    while (v + 1 < plan->n_variants && at >= plan->variants[v].share) {
        at -= plan->variants[v++].share;
    }
    r->variant = &plan->variants[v];
    r->pick = plan->n_picks ? &plan->picks[next_random(r) % plan->n_picks * plan->n_columns] : NULL;
    r->have_uuid = 0;
    r->used = 0;
    r->now[0] = r->sid[0] = r->phone[0] = '\0';
}

static struct str piece_value(struct plan_run *r, const struct plan_piece *piece)
{
    switch (piece->kind) {
    case PIECE_TEXT:
        return piece->text;
    case PIECE_PICK:
        return r->pick[piece->a];
    case PIECE_UUID:
        if (!(r->have_uuid & 1u << piece->a)) {
            r->uuid[piece->a] = id_new();
            r->have_uuid |= 1u << piece->a;
        }
        return (struct str){r->uuid[piece->a].text, ID_TEXT_BYTES - 1};
    case PIECE_NOW:
        if (!r->now[0]) {
            wall_format(wall_now(), r->now);
        }
        return str_of(r->now);
    case PIECE_SID:
        if (!r->sid[0]) {
            snprintf(r->sid, sizeof r->sid, "SM%016llx%016llx", (unsigned long long)next_random(r),
                     (unsigned long long)next_random(r));
        }
        return str_of(r->sid);
    case PIECE_PHONE:
        if (!r->phone[0]) {
            snprintf(r->phone, sizeof r->phone, "1999%09llu",
                     (unsigned long long)(next_random(r) % 1000000000));
        }
        return str_of(r->phone);
    case PIECE_ROW:
        return str_of(r->kept[piece->a][piece->b]);
    }
    return (struct str){NULL, 0};
}

struct str plan_run_value(struct plan_run *r, const struct plan_arg *a)
{
    if (a->null) {
        return (struct str){NULL, 0};
    }
    if (a->n == 0) {
        return STR("");
    }
    /* A constant that is a whole template ends where its JSON text ends, so it has a NUL. */
    if (a->n == 1) {
        return piece_value(r, &a->pieces[0]);
    }
    char *out = r->scratch + r->used;
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        struct str v = piece_value(r, &a->pieces[i]);
        if (r->used + n + v.n + 1 > r->room) {
            plan_fail("plan", "a turn's values are too long");
        }
        memcpy(out + n, v.p, v.n);
        n += v.n;
    }
    out[n] = '\0';
    r->used += n + 1;
    return (struct str){out, n};
}

void plan_run_keep(struct plan_run *r, size_t step, size_t column, const char *value)
{
    snprintf(r->kept[step][column], sizeof r->kept[0][0], "%s", value ? value : "");
}
