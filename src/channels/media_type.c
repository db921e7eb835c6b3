/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of file formats, as their specifications and RFC 9110's media types name them. */
#include "channels/media_type.h"

#include "base/attr.h"
#include "base/utf8.h"

/* Bytes at an offset; a second pair must hold too, for the containers. */
struct signature {
    size_t at;
    struct str bytes;
    size_t then_at;
    struct str then;
    const char *type;
};

static const struct signature signatures[] = {
    {0, STR("\xff\xd8\xff"), 0, STR(""), "image/jpeg"},
    {0, STR("\x89PNG\r\n\x1a\n"), 0, STR(""), "image/png"},
    {0, STR("GIF87a"), 0, STR(""), "image/gif"},
    {0, STR("GIF89a"), 0, STR(""), "image/gif"},
    {0, STR("RIFF"), 8, STR("WEBP"), "image/webp"},
    {0, STR("RIFF"), 8, STR("WAVE"), "audio/wav"},
    {4, STR("ftyp"), 8, STR("hei"), "image/heic"},
    {4, STR("ftyp"), 8, STR("hev"), "image/heic"},
    {4, STR("ftyp"), 8, STR("mif1"), "image/heic"},
    {4, STR("ftyp"), 8, STR("avif"), "image/avif"},
    {4, STR("ftyp"), 8, STR("3g"), "video/3gpp"},
    {4, STR("ftyp"), 8, STR("M4A"), "audio/mp4"},
    {4, STR("ftyp"), 8, STR("qt  "), "video/quicktime"},
    {4, STR("ftyp"), 8, STR("isom"), "video/mp4"},
    {4, STR("ftyp"), 8, STR("iso"), "video/mp4"},
    {4, STR("ftyp"), 8, STR("mp4"), "video/mp4"},
    {4, STR("ftyp"), 8, STR("avc1"), "video/mp4"},
    {4, STR("ftyp"), 8, STR("M4V"), "video/mp4"},
    {4, STR("ftyp"), 8, STR("MSNV"), "video/mp4"},
    {0, STR("#!AMR"), 0, STR(""), "audio/amr"},
    {0, STR("OggS"), 0, STR(""), "audio/ogg"},
    {0, STR("ID3"), 0, STR(""), "audio/mpeg"},
    {0, STR("\xff\xfb"), 0, STR(""), "audio/mpeg"},
    {0, STR("\xff\xf3"), 0, STR(""), "audio/mpeg"},
    {0, STR("\xff\xf2"), 0, STR(""), "audio/mpeg"},
    {0, STR("%PDF-"), 0, STR(""), "application/pdf"},
};

static bool has_at(struct str bytes, size_t at, struct str part)
{
    return bytes.n >= at + part.n && memcmp(bytes.p + at, part.p, part.n) == 0;
}

static bool begins_with(struct str text, const char *word)
{
    size_t n = strlen(word);
    return text.n >= n && str_eq_nocase((struct str){text.p, n}, (struct str){word, n});
}

static struct str without_mark(struct str bytes)
{
    struct str mark = STR("\xef\xbb\xbf");
    return str_starts(bytes, mark) ? (struct str){bytes.p + mark.n, bytes.n - mark.n} : bytes;
}

/* Text that no browser or shell would run: it does not begin like markup or a script. */
static bool harmless_text(struct str text)
{
    struct str trimmed = str_trim(text);
    if (trimmed.n == 0 || trimmed.p[0] == '<' || begins_with(trimmed, "#!") || !utf8_valid(text)) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != '\f') {
            return false;
        }
    }
    return true;
}

static bool declared_as(struct str declared, const char *type)
{
    return str_eq_nocase(str_trim(str_cut(&declared, ';')), str_of(type));
}

const char *media_type_of(struct str bytes, struct str declared)
{
    for (size_t i = 0; i < ARRAY_SIZE(signatures); i++) {
        const struct signature *s = &signatures[i];
        if (has_at(bytes, s->at, s->bytes) && has_at(bytes, s->then_at, s->then)) {
            return s->type;
        }
    }
    struct str text = without_mark(bytes);
    if (!harmless_text(text)) {
        return NULL;
    }
    return begins_with(text, "BEGIN:VCARD")       ? "text/vcard"
           : begins_with(text, "BEGIN:VCALENDAR") ? "text/calendar"
           : declared_as(declared, "text/plain")  ? "text/plain"
                                                  : NULL;
}

const char *media_ending(struct str type)
{
    static const struct {
        const char *type, *ending;
    } rows[] = {
        {"image/jpeg", ".jpg"},  {"image/png", ".png"},     {"image/gif", ".gif"},
        {"image/webp", ".webp"}, {"image/heic", ".heic"},   {"image/avif", ".avif"},
        {"video/mp4", ".mp4"},   {"video/3gpp", ".3gp"},    {"video/quicktime", ".mov"},
        {"audio/mp4", ".m4a"},   {"audio/amr", ".amr"},     {"audio/ogg", ".ogg"},
        {"audio/mpeg", ".mp3"},  {"audio/wav", ".wav"},     {"application/pdf", ".pdf"},
        {"text/vcard", ".vcf"},  {"text/calendar", ".ics"}, {"text/plain", ".txt"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (str_eq(type, str_of(rows[i].type))) {
            return rows[i].ending;
        }
    }
    return "";
}
