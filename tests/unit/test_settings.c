/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c: the four sources and their order, what is taken out of argv, and what is refused. */
#include "base/settings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "tap.h"

/* ---- a run with an environment, a file and flags of its own ---- */

static char *no_environment[] = {NULL};

struct run {
    struct pool *pool;
    struct settings s;
    struct err e;
    int argc;
    char *argv[16];
    int rc;
};

/* words: NULL-terminated, without argv[0]. */
static void run(struct run *r, char **env, const char *const *words)
{
    r->pool = pool_new();
    r->e = (struct err){0};
    r->argc = 0;
    r->argv[r->argc++] = pool_strdup(r->pool, "ava");
    for (; *words; words++) {
        r->argv[r->argc++] = pool_strdup(r->pool, *words);
    }
    r->argv[r->argc] = NULL;
    char **before = environ;
    environ = env;
    settings_init(&r->s);
    r->rc = settings_load(&r->s, r->pool, &r->argc, r->argv, &r->e);
    environ = before;
}

static void run_clear(struct run *r)
{
    pool_free(&r->pool);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define ENV(...) ((char *[]){__VA_ARGS__, NULL})
#define VAR(literal) ((char[]){literal})

static char file_path[] = "/tmp/ava-test-settings-XXXXXX";

static const char *file_with(const char *text)
{
    int fd = strstr(file_path, "XXXXXX") ? mkstemp(file_path) : open(file_path, O_WRONLY | O_TRUNC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        abort();
    }
    close(fd);
    return file_path;
}

__attribute__((destructor)) static void remove_file(void)
{
    unlink(file_path);
}

/* ---- the table ---- */

TEST(each_default_lies_within_its_bounds)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = &settings_rows[i];
        int64_t number;
        bool yes;
        tap_case("%s", row->name);
        OK(row->doc[0] != '\0' && row->name[0] != '\0');
        if (row->type == SETTING_IS_NUMBER) {
            OK(str_to_i64(str_of(row->otherwise), &number));
            OK(row->min <= number && number <= row->max);
        } else if (row->type == SETTING_IS_SWITCH) {
            OK(str_to_bool(str_of(row->otherwise), &yes));
        }
    }
}

TEST(defaults_are_the_tables)
{
    struct run r CLEANUP(run_clear);
    run(&r, no_environment, WORDS());
    EQ_INT(r.rc, 0);
    EQ_INT(r.s.connections, 4096);
    EQ_STR(r.s.listen, "127.0.0.1:8000");
    OK(r.s.compress);
    OK(r.s.strangers[0] == NULL);
    for (int i = 0; i < SETTING_COUNT; i++) {
        tap_case("%s", settings_rows[i].name);
        EQ_INT(r.s.origins[i].source, SETTING_DEFAULT);
        EQ_STR(settings_origin(&r.s, (enum setting_id)i, r.pool), "the default");
        if (!settings_rows[i].secret) {
            EQ_STR(settings_shown(&r.s, (enum setting_id)i, r.pool), settings_rows[i].otherwise);
        }
    }
}

/* ---- weight ---- */

TEST(each_source_outweighs_the_one_before)
{
    const char *file = file_with("io_threads = 1\nworkers = 1\nconnections = 100\n");
    struct run r CLEANUP(run_clear);
    run(&r, ENV(VAR("AVA_WORKERS=2"), VAR("AVA_CONNECTIONS=200")),
        WORDS("--config", file, "--connections", "300"));
    EQ_INT(r.rc, 0);
    EQ_INT(r.s.turn_runners, 8);
    EQ_INT(r.s.io_threads, 1);
    EQ_INT(r.s.workers, 2);
    EQ_INT(r.s.connections, 300);
    EQ_STR(settings_origin(&r.s, SETTING_workers, r.pool), "AVA_WORKERS");
    EQ_STR(settings_origin(&r.s, SETTING_connections, r.pool), "--connections");
    EQ_STR(settings_origin(&r.s, SETTING_io_threads, r.pool),
           pool_printf(r.pool, "%s, line 1", file));
    EQ_INT(r.argc, 1);
}

TEST(the_environment_can_name_the_file_and_the_flag_another)
{
    struct run r CLEANUP(run_clear);
    char variable[80] = "AVA_CONFIG=";
    memcpy(variable + 11, file_with("listen = 0.0.0.0:9\n"), sizeof file_path);
    run(&r, ENV(variable), WORDS());
    EQ_INT(r.rc, 0);
    EQ_STR(r.s.listen, "0.0.0.0:9");
    EQ_STR(r.s.config, file_path);

    struct run other CLEANUP(run_clear);
    run(&other, ENV(variable), WORDS("--config", "/nowhere/ava.conf"));
    EQ_INT(other.rc, ERR_IO);
    EQ_STR(other.e.text, "cannot open the configuration file /nowhere/ava.conf: No such file or "
                         "directory");
}

TEST(the_older_name_counts_when_the_newer_is_not_set)
{
    struct run old CLEANUP(run_clear);
    run(&old, ENV(VAR("DATABASE_URL=sqlite:a"), VAR("AVA_DATABASE_URL=")), WORDS());
    EQ_STR(old.s.database_url, "sqlite:a");
    EQ_STR(settings_origin(&old.s, SETTING_database_url, old.pool), "DATABASE_URL");
    struct run both CLEANUP(run_clear);
    run(&both, ENV(VAR("DATABASE_URL=sqlite:a"), VAR("AVA_DATABASE_URL=sqlite:b")), WORDS());
    EQ_STR(both.s.database_url, "sqlite:b");
}

TEST(unknown_names_of_the_environment_are_listed)
{
    struct run r CLEANUP(run_clear);
    run(&r, ENV(VAR("AVA_LISTN=x"), VAR("PATH=/bin"), VAR("AVA_LISTEN=1.1.1.1:1"), VAR("AVA_=")),
        WORDS());
    EQ_INT(r.rc, 0);
    EQ_STR(r.s.strangers[0], "AVA_LISTN");
    EQ_STR(r.s.strangers[1], "AVA_");
    OK(r.s.strangers[2] == NULL);
}

/* ---- flags ---- */

TEST(flags_are_taken_and_the_rest_is_left)
{
    struct run r CLEANUP(run_clear);
    run(&r, no_environment,
        WORDS("conversations", "--listen=[::1]:80", "list", "--status", "active", "--no-compress",
              "--log_level", "debug", "-v", "--", "--listen", "x"));
    EQ_INT(r.rc, 0);
    EQ_STR(r.s.listen, "[::1]:80");
    EQ_STR(r.s.log_level, "debug");
    OK(!r.s.compress);
    static const char *const left[] = {"ava", "conversations", "list", "--status", "active", "-v",
                                       "--",  "--listen",      "x"};
    EQ_INT(r.argc, ARRAY_SIZE(left));
    for (size_t i = 0; i < ARRAY_SIZE(left) && (int)i < r.argc; i++) {
        EQ_STR(r.argv[i], left[i]);
    }
    OK(r.argv[r.argc] == NULL);
}

TEST(switches_have_several_forms)
{
    static const struct {
        const char *word;
        bool want;
    } rows[] = {{"--database-listen", true},
                {"--no-database-listen", false},
                {"--database-listen=off", false},
                {"--database-listen=YES", true}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct run r CLEANUP(run_clear);
        run(&r, ENV(rows[i].want ? VAR("AVA_DATABASE_LISTEN=no") : VAR("AVA_DATABASE_LISTEN=yes")),
            WORDS(rows[i].word));
        tap_case("%s", rows[i].word);
        EQ_INT(r.rc, 0);
        EQ_INT(r.s.database_listen, rows[i].want);
    }
}

TEST(the_last_of_a_flag_counts_and_may_be_empty)
{
    struct run r CLEANUP(run_clear);
    run(&r, ENV(VAR("AVA_OPENAI_API_KEY=k")),
        WORDS("--listen", "a:1", "--listen", "b:2", "--openai-api-key="));
    EQ_STR(r.s.listen, "b:2");
    EQ_STR(r.s.openai_api_key, "");
}

TEST(wrong_flags_are_refused)
{
    static const struct {
        const char *words[3];
        const char *text;
    } rows[] = {
        {{"--listen"}, "--listen needs a value"},
        {{"--io-threads", "many"}, "--io-threads must be a number from 0 to 64, not 'many'"},
        {{"--io-threads=65"}, "--io-threads must be a number from 0 to 64, not '65'"},
        {{"--io-threads="}, "--io-threads must be a number from 0 to 64, not ''"},
        {{"--header-max=1"}, "--header-max must be a number from 1024 to 1048576 bytes, not '1'"},
        {{"--compress=maybe"}, "--compress must be true or false, not 'maybe'"},
        {{"--listen=\xff"}, "--listen must be UTF-8 text"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct run r CLEANUP(run_clear);
        run(&r, no_environment, rows[i].words);
        EQ_INT(r.rc, ERR_USAGE);
        EQ_STR(r.e.text, rows[i].text);
    }
}

/* ---- the file ---- */

TEST(a_file_may_have_comments_quotes_and_hyphens)
{
    struct run r CLEANUP(run_clear);
    run(&r, no_environment,
        WORDS("--config", file_with("\xef\xbb\xbf# all of it\r\n\r\n  # indented\r\n"
                                    "io-threads=3 # three\r\n"
                                    "twilio_auth_token = a#b=c\r\n"
                                    "business_name = \"  Spa # 1 \"  # quoted\r\n"
                                    "compress = off\r\n"
                                    "country =")));
    EQ_INT(r.rc, 0);
    EQ_INT(r.s.io_threads, 3);
    EQ_STR(r.s.twilio_auth_token, "a#b=c");
    EQ_STR(r.s.business_name, "  Spa # 1 ");
    EQ_STR(r.s.country, "");
    OK(!r.s.compress);
}

TEST(a_wrong_line_is_named)
{
    static const struct {
        const char *file, *text; /* text: after the place */
    } rows[] = {
        {"\n\nio_threads = many", ", line 3: io_threads must be a number from 0 to 64, not 'many'"},
        {"io_thread = 3", ", line 1: there is no setting 'io_thread'; is 'io_threads' meant?"},
        {"colour = blue", ", line 1: there is no setting 'colour'"},
        {"listen", ", line 1: write name = value"},
        {"listen = a\nlisten = b", ", line 2: listen stands in line 1 already"},
        {"config = x", ", line 1: config cannot be set in the file itself"},
        {"listen = \"a", ", line 1: listen has a value whose quotes are not closed at its end"},
        {"listen = \"a\"b", ", line 1: listen has a value whose quotes are not closed at its end"},
        {"listen = \xff", ", line 1: listen must be UTF-8 text"},
        {"\xff = 1", ", line 1: this is not UTF-8 text"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct run r CLEANUP(run_clear);
        run(&r, no_environment, WORDS("--config", file_with(rows[i].file)));
        EQ_INT(r.rc, ERR_CONFIG);
        EQ_STR(r.e.text, pool_printf(r.pool, "in %s%s", file_path, rows[i].text));
    }
}

TEST(a_directory_is_no_file)
{
    struct run r CLEANUP(run_clear);
    run(&r, no_environment, WORDS("--config", "/tmp"));
    EQ_INT(r.rc, ERR_IO);
}

TEST(a_wrong_variable_is_named)
{
    struct run r CLEANUP(run_clear);
    run(&r, ENV(VAR("AVA_IO_THREADS=many")), WORDS());
    EQ_INT(r.rc, ERR_CONFIG);
    EQ_STR(r.e.field, "io_threads");
    EQ_STR(r.e.text, "in the environment: AVA_IO_THREADS must be a number from 0 to 64, not "
                     "'many'");
}

/* ---- what is made of them ---- */

TEST(a_secret_is_never_shown)
{
    struct run r CLEANUP(run_clear);
    run(&r, ENV(VAR("OPENAI_API_KEY=sk-123")), WORDS());
    EQ_STR(r.s.openai_api_key, "sk-123");
    EQ_STR(settings_shown(&r.s, SETTING_openai_api_key, r.pool), "(set)");
    EQ_STR(settings_shown(&r.s, SETTING_twilio_auth_token, r.pool), "");
}

TEST(a_caller_can_refuse_a_value_where_it_came_from)
{
    struct run r CLEANUP(run_clear);
    run(&r, ENV(VAR("LOG_LEVEL=loud")), WORDS("--log-format", "yaml"));
    struct err e = {0};
    EQ_INT(settings_refuse(&r.s, SETTING_log_level, &e, "must be debug, info, warn or error"),
           ERR_CONFIG);
    EQ_STR(e.text, "in the environment: LOG_LEVEL must be debug, info, warn or error");
    EQ_INT(settings_refuse(&r.s, SETTING_log_format, &e, "must be auto, text or json"), ERR_USAGE);
    EQ_STR(e.text, "--log-format must be auto, text or json");
}

TEST(addresses_are_derived_when_empty)
{
    struct run r CLEANUP(run_clear);
    run(&r, no_environment, WORDS("--data-dir", "/var/lib/ava"));
    EQ_STR(settings_public_url(&r.s, r.pool), "http://127.0.0.1:8000");
    EQ_STR(settings_database_url(&r.s, r.pool), "sqlite:/var/lib/ava/ava.db");
    struct run set CLEANUP(run_clear);
    run(&set, no_environment,
        WORDS("--public-url", "https://desk.example.com//", "--database-url", "sqlite:x"));
    EQ_STR(settings_public_url(&set.s, set.pool), "https://desk.example.com");
    EQ_STR(settings_database_url(&set.s, set.pool), "sqlite:x");
    struct run tls CLEANUP(run_clear);
    run(&tls, no_environment, WORDS("--tls-certificate", "c.pem", "--listen", "h:443"));
    EQ_STR(settings_public_url(&tls.s, tls.pool), "https://h:443");
}

int main(void)
{
    return tap_run();
}
