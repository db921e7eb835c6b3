/* SPDX-License-Identifier: Apache-2.0 */
/* Replies put together from what mail programs write around them (reply_rows.def). */
#include "base/buf.h"
#include "mail/mail.h"

#include "tap.h"

#define WORDS "Friday at eleven is fine.\n\nThank you\nAnn"
#define OLD "Good morning,\n\nFriday at 11 is free.\nAva\nWillow Lane"
#define OLD_QUOTED "> Good morning,\n>\n> Friday at 11 is free.\n> Ava\n> Willow Lane"
#define GMAIL "On Mon, Mar 3, 2025 at 10:15 AM Ava <desk@in.example.org> wrote:\n"

static struct pool *p;

static struct str cut_text(const char *type, const char *body)
{
    struct mail m = {0};
    const char *text = pool_printf(p,
                                   "From: ann@example.com\nSubject: Re: visit\n"
                                   "Content-Type: text/%s; charset=utf-8\n\n%s",
                                   type, body);
    OK(mail_read(p, str_of(text), &m, NULL) == 0);
    return m.reply_text;
}

#define CUT(...) cut_text("plain", pool_printf(p, __VA_ARGS__))
#define CUT_HTML(...) cut_text("html", pool_printf(p, __VA_ARGS__))

static const char *const announced[] = {
#define ANNOUNCED(text) text,
#define HEADED(text)
#define SIGNED(text)
#define OWN(text)
#include "reply_rows.def"
#undef ANNOUNCED
#undef HEADED
};

static const char *const headed[] = {
#define ANNOUNCED(text)
#define HEADED(text) text,
#include "reply_rows.def"
#undef HEADED
#undef SIGNED
};

static const char *const signatures[] = {
#define HEADED(text)
#define SIGNED(text) text,
#include "reply_rows.def"
#undef SIGNED
#undef OWN
};

static const char *const own[] = {
#define SIGNED(text)
#define OWN(text) text,
#include "reply_rows.def"
};

TEST(announced_quotations)
{
    p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(announced); i++) {
        const char *a = announced[i];
        tap_case("%s", a);
        EQ_VIEW(CUT(WORDS "\n\n%s\n\n" OLD_QUOTED "\n", a), WORDS);
        EQ_VIEW(CUT(WORDS "\n\n%s\n" OLD_QUOTED "\n", a), WORDS);
        EQ_VIEW(CUT("%s\n" OLD_QUOTED "\n\n" WORDS "\n", a), WORDS);
        if (strchr(a, '@')) {
            EQ_VIEW(CUT(WORDS "\n\n%s\n\n" OLD "\n", a), WORDS);
        }
    }
    pool_free(&p);
}

TEST(announcements_without_a_time_need_quote_signs)
{
    p = pool_new();
    EQ_VIEW(CUT(WORDS "\n\nOn Wed, Dec 9, Ava\n<desk@in.example.org>\nwrote:\n> old\n\n--\nAnn"),
            WORDS);
    EQ_VIEW(
        CUT_HTML(
            "Friday at eleven is fine.<br><br>Thank you<br>Ann<br>&gt; Subject: visit<br>&gt; old"),
        WORDS);
    pool_free(&p);
}

TEST(headed_quotations)
{
    p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(headed); i++) {
        tap_case("%s", headed[i]);
        EQ_VIEW(CUT(WORDS "\n\n%s\n" OLD "\n", headed[i]), WORDS);
        EQ_VIEW(CUT(WORDS "\n%s" OLD "\n", headed[i]), WORDS);
        EQ_VIEW(CUT("%s\n" OLD "\n", headed[i]), "");
    }
    pool_free(&p);
}

TEST(signatures_of_programs_and_people)
{
    p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(signatures); i++) {
        tap_case("%s", signatures[i]);
        EQ_VIEW(CUT(WORDS "\n\n%s", signatures[i]), WORDS);
        EQ_VIEW(CUT(WORDS "\n\n%s\n\n" GMAIL "\n" OLD_QUOTED, signatures[i]), WORDS);
        EQ_VIEW(CUT(GMAIL OLD_QUOTED "\n\n" WORDS "\n\n%s\n", signatures[i]), WORDS);
    }
    pool_free(&p);
}

TEST(the_customers_own_words_stay)
{
    p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        tap_case("%s", own[i]);
        EQ_VIEW(CUT("%s", own[i]), own[i]);
        EQ_VIEW(CUT("%s\n\n" GMAIL "\n" OLD_QUOTED, own[i]), own[i]);
    }
    pool_free(&p);
}

TEST(answers_between_quotations_keep_them)
{
    p = pool_new();
    static const char body[] = "> Which day?\nFriday.\n\n> Which hour?\nEleven.";
    EQ_VIEW(CUT("%s\n\n-- \nAnn\n", body), body);
    EQ_VIEW(CUT("> Which day?\n> Which hour?\n\nFriday, eleven."), "Friday, eleven.");
    pool_free(&p);
}

/* What the programs make of it in HTML; %s stands for the own words. */
static const char *const pages[] = {
    "<div dir=ltr>%s</div><br><div class=\"gmail_quote gmail_quote_container\"><div dir=ltr "
    "class=gmail_attr>On Mon, Mar 3, 2025 at 10:15 AM Ava &lt;<a "
    "href=x>desk@in.example.org</a>&gt; wrote:<br></div><blockquote class=gmail_quote "
    "style='border-left:1px solid'>old</blockquote></div>",
    "<div>%s</div><div id=appendonsend></div><hr><div id=divRplyFwdMsg><b>From:</b> Ava<br>"
    "<b>Sent:</b> Monday</div><div>old</div>",
    "<div class=WordSection1><p class=MsoNormal>%s</p><div style='border:none;border-top:solid "
    "#E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p class=MsoNormal><b>From:</b> Ava <br>"
    "old</p></div></div>",
    "<body>%s<br><div><br><blockquote type=cite><div>On Mar 3, 2025, at 10:15 AM, Ava "
    "wrote:</div><div>old</div></blockquote></div></body>",
    "<p>%s</p><div class=moz-cite-prefix>On 3/3/2025 10:15 AM, Ava wrote:<br></div><blockquote "
    "type=cite cite='mid:1@x'>old</blockquote>",
    "<div class=yahoo-style>%s</div><div id=yahoo_quoted_1 class=yahoo_quoted><div>On Monday, Ava "
    "wrote:</div><div>old</div></div>",
    "<div>%s</div><div class=protonmail_signature_block>Sent with Proton Mail</div><div "
    "class=protonmail_quote>On Monday, Ava wrote:<br><blockquote class=protonmail_quote "
    "type=cite>old</blockquote></div>",
    "<div>%s</div><div name=quote style='margin:10px 5px'>Gesendet: Montag<br>old</div>",
    "<div>%s</div><div id=ms-outlook-mobile-signature>Get Outlook for iOS</div><div "
    "id=mail-editor-reference-message-container><div>old</div></div>",
};

TEST(replies_in_html)
{
    p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        struct buf b;
        const char *mark = strstr(pages[i], "%s");
        tap_case("%s", pages[i]);
        buf_init(&b, 10000);
        buf_add(&b, pages[i], (size_t)(mark - pages[i]));
        buf_puts(&b, "Friday at eleven is&nbsp;fine.<br><br>Thank you<br>Ann");
        buf_puts(&b, mark + 2);
        EQ_VIEW(CUT_HTML("%s", b.data), WORDS);
        buf_clear(&b);
    }
    pool_free(&p);
}

TEST(an_indented_paragraph_is_no_quotation)
{
    p = pool_new();
    EQ_VIEW(CUT_HTML("one<blockquote style=\"margin:0 0 0 40px;border:none;padding:0\">two"
                     "</blockquote>three"),
            "one\ntwo\nthree");
    pool_free(&p);
}

int main(void)
{
    return tap_run();
}
