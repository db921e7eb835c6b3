/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The harness behind tap.h. Master of the list of tests and of the running test's verdict; a check
 * writes its failure in one call, so that those of several threads do not mix.
 */
#include "tap.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct tap_test *tests;
static struct tap_test **tests_end = &tests;

/* Of the running test. */
static atomic_int failures;
static const char *skipped;
static char current_case[256];

/* What the program was called with: the constructor gets them from glibc, main need not pass them.
 */
static int words;
static char **word;

__attribute__((constructor)) static void keep_arguments(int argc, char **argv)
{
    words = argc;
    word = argv;
}

void tap_register(struct tap_test *t)
{
    *tests_end = t;
    tests_end = &t->next;
}

void tap_case(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(current_case, sizeof current_case, fmt, args);
    va_end(args);
}

void tap_skip(const char *reason)
{
    skipped = reason;
}

/* TAP is read by lines: what a check shows must stay on its own. */
static void one_line(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ') {
            *text = *text == '\n' ? '|' : '?';
        }
    }
}

static void report(const char *file, int line, char *text)
{
    one_line(text);
    atomic_fetch_add(&failures, 1);
    printf("# %s:%d: %s%s%s\n", file, line, current_case, current_case[0] ? ": " : "", text);
    fflush(stdout);
}

bool tap_ok(bool held, const char *file, int line, const char *what, const char *fmt, ...)
{
    if (held) {
        return true;
    }
    char text[2048];
    int n = snprintf(text, sizeof text, "failed: %s", what);
    if (fmt && n > 0 && (size_t)n + 4 < sizeof text) {
        memcpy(text + n, " - ", 3);
        va_list args;
        va_start(args, fmt);
        vsnprintf(text + n + 3, sizeof text - (size_t)n - 3, fmt, args);
        va_end(args);
    }
    report(file, line, text);
    return false;
}

bool tap_int(intmax_t got, intmax_t want, const char *file, int line, const char *what)
{
    if (got == want) {
        return true;
    }
    char text[512];
    snprintf(text, sizeof text, "%s is %jd, not %jd", what, got, want);
    report(file, line, text);
    return false;
}

bool tap_str(const char *got, const char *want, const char *file, int line, const char *what)
{
    if (got == want || (got && want && strcmp(got, want) == 0)) {
        return true;
    }
    char text[2048];
    snprintf(text, sizeof text, "%s is %s%.700s%s, not %s%.700s%s", what, got ? "\"" : "",
             got ? got : "NULL", got ? "\"" : "", want ? "\"" : "", want ? want : "NULL",
             want ? "\"" : "");
    report(file, line, text);
    return false;
}

bool tap_view(struct str got, const char *want, const char *file, int line, const char *what)
{
    bool same =
        !got.p == !want && (!want || (got.n == strlen(want) && !memcmp(got.p, want, got.n)));
    if (same) {
        return true;
    }
    char text[2048];
    snprintf(text, sizeof text, "%s is \"%.*s\" (%zu bytes), not \"%.700s\"", what,
             (int)(got.n < 700 ? got.n : 700), got.p ? got.p : "", got.n, want ? want : "(none)");
    report(file, line, text);
    return false;
}

static bool wanted(const char *name)
{
    bool any = words <= 1;
    for (int i = 1; i < words; i++) {
        any |= strstr(name, word[i]) != NULL;
    }
    return any;
}

/* true when the test did not fail. */
static bool run_one(const struct tap_test *t, int number)
{
    atomic_store(&failures, 0);
    skipped = NULL;
    current_case[0] = '\0';
    t->run();
    int failed = atomic_load(&failures);
    printf("%s %d - %s%s%s\n", failed ? "not ok" : "ok", number, t->name,
           skipped && !failed ? " # SKIP " : "", skipped && !failed ? skipped : "");
    fflush(stdout);
    return failed == 0;
}

int tap_run(void)
{
    int ran = 0, bad = 0;
    for (const struct tap_test *t = tests; t; t = t->next) {
        if (wanted(t->name)) {
            bad += !run_one(t, ++ran);
        }
    }
    printf("1..%d\n", ran);
    fflush(stdout);
    if (ran == 0) {
        printf("# no test has that name\n");
    }
    return bad || ran == 0 ? 1 : 0;
}
