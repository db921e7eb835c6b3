/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one program. Its words are first looked for among the commands below, then among the
 * operations of ops.def, which run here as they do over HTTP.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/operation.h"
#include "ops/op.h"

static const struct command commands[] = {
    {"serve", "", "Run the server in the foreground", command_serve},
    {"demo", "", "Run it with demo data and the sandbox, and print the sign-in", command_demo},
    {"sandbox text", "FROM \"BODY\" [--media FILE-OR-URL] [--to NUMBER] [--whatsapp[=meta]]",
     "Text the business through a running sandbox", command_sandbox_text},
    {"sandbox mail",
     "FROM [--subject S] [--to ADDRESS] [--in-reply-to last|ID] [--attach FILE] [--by "
     "parsed|raw|imap]",
     "Mail the business through a running sandbox; the e-mail's text comes on standard input",
     command_sandbox_mail},
    {"sandbox call",
     "FROM [--say WORDS | --press KEYS | --file FILE | --silence MS | --interrupt MS] ... [--to "
     "NUMBER] [--record FILE]",
     "Call the business through a running sandbox; what the caller does, in this order",
     command_sandbox_call},
    {"sandbox messages", "[--with NUMBER]", "What went to and fro in a running sandbox",
     command_sandbox_messages},
    {"sandbox fault", "[STATUS [--on X] [--count N] ... | mixture [--share P] | end]",
     "Let the stand-ins of a running sandbox fail, say which faults there are, or end them",
     command_sandbox_fault},
    {"sandbox", "[--google-key FILE]",
     "Run the stand-ins of the providers; FILE gets the key for its Google Calendar",
     command_sandbox},
    {"schema create", "", "Make the tables, or bring them up to date", command_schema_create},
    {"schema plan", "", "Say what schema create would do", command_schema_plan},
    {"schema verify", "", "Compare the tables with the model", command_schema_verify},
    {"user add", "--email E --name N [--role R] [--replace]",
     "Make a staff user; the password is read from AVA_PASSWORD or standard input",
     command_user_add},
    {"token add", "--name N [--role R]", "Make a program's token, printed once", command_token_add},
    {"business seed", "FILE",
     "Write a business's facts, services, providers, hours and so on (share/seeds/ has examples)",
     command_business_seed},
    {"calendar link", "[--provider KEY] [--renew]",
     "Make the address at which the staff's calendars subscribe; --renew replaces it",
     command_calendar_link},
    {"score", "", "Score conversations: JSON Lines on standard input, a line of JSON for each",
     command_score},
    {"chat",
     "[-v] [--from PHONE|EMAIL] [--name N] [--channel C] [--now T] [--seed FILE] [--scratch]",
     "Talk to Ava here, as any customer; -v shows what she does", command_chat},
    {"understand", "[--now T] [--tz ZONE] [--seed FILE]",
     "Say what each turn on standard input means, JSON Lines in and out", command_understand},
    {"parse email", "", "Say what Ava understands of the e-mail on standard input, as JSON",
     command_parse_email},
    {"business export", "", "Print all of that, in the form that business seed reads",
     command_business_export},
    {"mail deliver", "[FILE] [--to ADDRESS] [--sender ADDRESS]",
     "Take an e-mail from a mail server, from FILE or standard input; 75 means: try again later",
     command_mail_deliver},
    {"settings", "", "Show every setting, its value and where it came from", command_settings},
    {"openapi", "", "Print the OpenAPI document", command_openapi},
    {"bench load", "--conversations N", "Fill an empty database with generated data",
     command_bench_load},
};

/* How many words of the command line the command is, 0 when it is not that one. */
static int words_match(const char *words, int argc, char **argv)
{
    struct str rest = str_of(words);
    int n = 0;
    while (rest.p) {
        struct str word = str_cut(&rest, ' ');
        if (n >= argc || !str_eq(word, str_of(argv[n]))) {
            return 0;
        }
        n++;
    }
    return n;
}

static int help(void)
{
    puts("Ava, a front desk that never misses anybody.\n\nCommands:");
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const char *arguments = commands[i].arguments;
        printf("  ava %s%s%s\n      %s.\n", commands[i].words, arguments[0] ? " " : "", arguments,
               commands[i].says);
    }
    puts("\nOperations (parameters as --name value; the answer is JSON):");
    for (size_t i = 0; i < n_ops; i++) {
        if (ops[i].cli) {
            printf("  ava %-28s %s\n", ops[i].cli, ops[i].says);
        }
    }
    puts("\nava OPERATION --help shows its parameters. Every setting is a flag too: see ava "
         "settings.");
    return 0;
}

static int check_log_settings(const struct settings *s, struct err *e)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    static const char *const formats[] = {"auto", "text", "json"};
    int level = -1, format = -1;
    for (int i = 0; i < 4; i++) {
        level = strcmp(s->log_level, levels[i]) == 0 ? i : level;
        format = i < 3 && strcmp(s->log_format, formats[i]) == 0 ? i : format;
    }
    if (level < 0) {
        return settings_refuse(s, SETTING_log_level, e, "must be debug, info, warn or error");
    }
    if (format < 0) {
        return settings_refuse(s, SETTING_log_format, e, "must be auto, text or json");
    }
    log_setup((enum log_level)level, (enum log_format)format);
    return 0;
}

static bool is_price(const char *text)
{
    double price;
    return str_to_double(str_of(text), &price) && price >= 0 && price < 1e9;
}

static int check_price_settings(const struct settings *s, struct err *e)
{
    const char *c = s->model_currency;
    bool letters = strlen(c) == 3;
    for (int i = 0; letters && i < 3; i++) {
        letters = c[i] >= 'A' && c[i] <= 'Z';
    }
    if (!is_price(s->model_price_in)) {
        return settings_refuse(s, SETTING_model_price_in, e, "must be a price such as 0.15");
    }
    if (!is_price(s->model_price_out)) {
        return settings_refuse(s, SETTING_model_price_out, e, "must be a price such as 0.60");
    }
    return letters ? 0
                   : settings_refuse(s, SETTING_model_currency, e,
                                     "must be three capital letters, such as EUR");
}

static int run_words(struct command_run *run, struct err *e)
{
    int argc = run->argc;
    char **argv = run->argv;
    if (argc == 0 || strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0) {
        return help();
    }
    if (strcmp(argv[0], "version") == 0 || strcmp(argv[0], "--version") == 0) {
        puts("ava " AVA_VERSION);
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        int n = words_match(commands[i].words, argc, argv);
        if (n) {
            run->argc -= n;
            run->argv += n;
            return commands[i].fn(run, e);
        }
    }
    int used;
    const struct op *op = op_of_words(argc, argv, &used);
    if (op) {
        run->argc -= used;
        run->argv += used;
        return operation_run(run, op, e);
    }
    return err_set(e, ERR_USAGE, "there is no command '%s'; see ava help", argv[0]);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error of write, not the end */
    signal(SIGXFSZ, SIG_IGN); /* likewise a file that may grow no more */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* memory holds what callers say */
    struct err e = {0};
    struct settings settings;
    struct pool *p = pool_new();
    settings_init(&settings);
    int rc = settings_load(&settings, p, &argc, argv, &e);
    if (rc == 0) {
        rc = check_log_settings(&settings, &e);
    }
    if (rc == 0) {
        rc = check_price_settings(&settings, &e);
    }
    if (rc == 0) {
        struct command_run run = {p, &settings, argc - 1, argv + 1};
        rc = run_words(&run, &e);
    }
    if (rc < 0) {
        fprintf(stderr, "ava: %s\n", err_text(&e, rc));
    }
    pool_free(&p);
    return rc < 0 ? err_exit_status(rc) : rc;
}
