/* SPDX-License-Identifier: Apache-2.0 */
/* What files really are, by their first bytes; what is not taken whatever it claims to be. */
#include "channels/media_type.h"

#include "tap.h"

static const struct {
    struct str bytes;
    const char *declared, *type;
} rows[] = {
    {STR("\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg", "image/jpeg"},
    {STR("\xff\xd8\xff\xe1"), "text/html", "image/jpeg"},
    {STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png", "image/png"},
    {STR("GIF89a\1\0"), "image/jpeg", "image/gif"},
    {STR("GIF87a\1\0"), "", "image/gif"},
    {STR("RIFF\x24\0\0\0WEBPVP8 "), "image/webp", "image/webp"},
    {STR("RIFF\x24\0\0\0WAVEfmt "), "audio/wav", "audio/wav"},
    {STR("RIFF\x24\0\0\0AVI LIST"), "video/avi", NULL},
    {STR("\0\0\0\x18"
         "ftypheic"),
     "image/heic", "image/heic"},
    {STR("\0\0\0\x18"
         "ftypmif1"),
     "image/heif", "image/heic"},
    {STR("\0\0\0\x18"
         "ftypisom\0\0"),
     "video/mp4", "video/mp4"},
    {STR("\0\0\0\x18"
         "ftypmp42"),
     "video/mp4", "video/mp4"},
    {STR("\0\0\0\x18"
         "ftyp3gp5"),
     "video/3gpp", "video/3gpp"},
    {STR("\0\0\0\x18"
         "ftypM4A "),
     "audio/mp4", "audio/mp4"},
    {STR("\0\0\0\x18"
         "ftypqt  "),
     "video/quicktime", "video/quicktime"},
    {STR("\0\0\0\x18"
         "ftypXXXX"),
     "video/mp4", NULL},
    {STR("#!AMR\n\x3c"), "audio/amr", "audio/amr"},
    {STR("OggS\0\2"), "audio/ogg", "audio/ogg"},
    {STR("ID3\4\0"), "audio/mpeg", "audio/mpeg"},
    {STR("\xff\xfb\x90"), "audio/mp3", "audio/mpeg"},
    {STR("%PDF-1.7\n"), "application/pdf", "application/pdf"},
    {STR("BEGIN:VCARD\r\nVERSION:3.0\r\n"), "text/x-vcard", "text/vcard"},
    {STR("\xef\xbb\xbf"
         "begin:vcard\r\n"),
     "application/octet-stream", "text/vcard"},
    {STR("BEGIN:VCALENDAR\r\n"), "text/calendar", "text/calendar"},
    {STR("just words\r\n\tand \xe2\x98\x83"), "text/plain", "text/plain"},
    {STR("just words"), "text/plain; charset=utf-8", "text/plain"},
    /* not taken */
    {STR("just words"), "image/jpeg", NULL},
    {STR("just words"), "text/html", NULL},
    {STR(""), "text/plain", NULL},
    {STR("  \n "), "text/plain", NULL},
    {STR("<html><script>"), "text/plain", NULL},
    {STR("\xef\xbb\xbf <!doctype html>"), "text/plain", NULL},
    {STR("  <svg xmlns='http://www.w3.org/2000/svg'>"), "image/svg+xml", NULL},
    {STR("<?xml version='1.0'?>"), "text/plain", NULL},
    {STR("#!/bin/sh\nrm -rf /"), "text/plain", NULL},
    {STR("MZ\x90\0\3"), "image/png", NULL},
    {STR("\x7f"
         "ELF\2\1\1"),
     "image/jpeg", NULL},
    {STR("PK\3\4"), "application/zip", NULL},
    {STR("words\0and a NUL"), "text/plain", NULL},
    {STR("caf\xe9 in Latin-1"), "text/plain", NULL},
    {STR("\xff\xd8"), "image/jpeg", NULL},
    {STR("RIFF"), "image/webp", NULL},
    {STR("\0\0\0\x18"
         "ftyp"),
     "video/mp4", NULL},
};

TEST(a_file_is_what_its_bytes_say)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("row %zu, declared as %s", i, rows[i].declared);
        EQ_STR(media_type_of(rows[i].bytes, str_of(rows[i].declared)), rows[i].type);
    }
}

TEST(what_is_taken_has_an_ending)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].type) {
            tap_case("%s", rows[i].type);
            EQ_INT(media_ending(str_of(rows[i].type))[0], '.');
        }
    }
    EQ_STR(media_ending(STR("text/html")), "");
}

int main(void)
{
    return tap_run();
}
