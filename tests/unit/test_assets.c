/* SPDX-License-Identifier: Apache-2.0 */
/* The page in the program: found by path, and its gzip form is the same page. */
#include <zlib.h>

#include "api/assets.h"
#include "base/pool.h"
#include "tap.h"

TEST(the_page_is_found_and_is_html)
{
    const struct web_asset *page = assets_find(STR("/"));
    OK(page != NULL);
    EQ_STR(page->content_type, "text/html; charset=utf-8");
    OK(!page->immutable);
    OK(str_starts(page->bytes, STR("<!doctype html>")));
}

TEST(every_asset_is_found_by_its_path)
{
    for (size_t i = 0; i < web_assets_n; i++) {
        OK_MSG(assets_find(str_of(web_assets[i].path)) == &web_assets[i], "%s", web_assets[i].path);
        OK(web_assets[i].etag[0] == '"');
    }
}

TEST(other_paths_are_not_found)
{
    OK(assets_find(STR("")) == NULL);
    OK(assets_find(STR("/index.htm")) == NULL);
    OK(assets_find(STR("//")) == NULL);
    OK(assets_find(STR("/assets")) == NULL);
    OK(assets_find(STR("/assets/")) == NULL);
    OK(assets_find(STR("/assets/../")) == NULL);
    OK(assets_find((struct str){NULL, 0}) == NULL);
}

static void same_when_unpacked(const struct web_asset *asset)
{
    char *out = malloc(asset->bytes.n + 1);
    z_stream z = {
        .next_in = (Bytef *)(uintptr_t)asset->gzip.p,
        .avail_in = (uInt)asset->gzip.n,
        .next_out = (Bytef *)out,
        .avail_out = (uInt)asset->bytes.n + 1,
    };
    EQ_INT(inflateInit2(&z, 15 + 16), Z_OK);
    EQ_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
    OK_MSG(str_eq((struct str){out, z.total_out}, asset->bytes), "%s", asset->path);
    inflateEnd(&z);
    free(out);
}

TEST(the_gzip_form_is_the_same)
{
    size_t packed = 0;
    for (size_t i = 0; i < web_assets_n; i++) {
        if (web_assets[i].gzip.p) {
            packed++;
            OK(web_assets[i].gzip.n < web_assets[i].bytes.n);
            same_when_unpacked(&web_assets[i]);
        }
    }
    OK(packed > 0);
}

TEST(the_chat_s_script_is_small)
{
    const struct web_asset *script = assets_find(STR("/chat.js"));
    if (!script) {
        tap_skip("the page was not built");
        return;
    }
    EQ_STR(script->content_type, "text/javascript; charset=utf-8");
    OK(!script->immutable); /* sites name it as it is */
    OK_MSG(script->gzip.n <= 15 * 1024, "%zu bytes compressed", script->gzip.n);
    OK(memmem(script->bytes.p, script->bytes.n, "document.cookie", 15) == NULL);
}

int main(void)
{
    return tap_run();
}
