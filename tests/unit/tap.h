/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small test harness that speaks TAP (the Test Anything Protocol), which meson and prove read.
 *
 *     #include "tap.h"
 *     TEST(two_and_two)
 *     {
 *         EQ_INT(2 + 2, 4);
 *     }
 *     int main(void)
 *     {
 *         return tap_run();
 *     }
 *
 * Tests register themselves and run in file order; one test is one TAP line. A check that fails
 * prints where and what, and the test goes on, so that one run shows all that is wrong. Checks may
 * be made from any thread; TEST bodies run in the main thread. With words on the command line,
 * only the tests whose name contains one of them run. Checks are expressions: `if (!OK(p)) return;`
 * ends a test early.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct tap_test {
    const char *name;
    void (*run)(void);
    struct tap_test *next;
};

void tap_register(struct tap_test *t);

/*
 * Runs the tests and prints the plan. The exit status for main: 0, or 1 when anything failed.
 * The words of the command line choose tests.
 */
int tap_run(void);

#define TEST(name_)                                                                                \
    static void test_##name_(void);                                                                \
    __attribute__((constructor)) static void register_##name_(void)                                \
    {                                                                                              \
        static struct tap_test t = {#name_, test_##name_, NULL};                                   \
        tap_register(&t);                                                                          \
    }                                                                                              \
    static void test_##name_(void)

/* Each is true when the check held. */
#define OK(cond) tap_ok((cond), __FILE__, __LINE__, #cond, NULL)
#define OK_MSG(cond, ...) tap_ok((cond), __FILE__, __LINE__, #cond, __VA_ARGS__)
#define EQ_INT(got, want) tap_int((intmax_t)(got), (intmax_t)(want), __FILE__, __LINE__, #got)
#define EQ_STR(got, want) tap_str((got), (want), __FILE__, __LINE__, #got) /* NULL equals NULL */
#define EQ_VIEW(got, want)                                                                         \
    tap_view((got), (want), __FILE__, __LINE__, #got) /* struct str, char * */

/* Ends the test here: it counts as skipped, with the reason shown. Only for what the machine lacks.
 */
#define SKIP(reason)                                                                               \
    do {                                                                                           \
        tap_skip(reason);                                                                          \
        return;                                                                                    \
    } while (0)

/* Said before every failure until the next call or the test's end: which row of a table it was. */
void tap_case(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool tap_ok(bool held, const char *file, int line, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
bool tap_int(intmax_t got, intmax_t want, const char *file, int line, const char *what);
bool tap_str(const char *got, const char *want, const char *file, int line, const char *what);
bool tap_view(struct str got, const char *want, const char *file, int line, const char *what);
void tap_skip(const char *reason);

#endif
