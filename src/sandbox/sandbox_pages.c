/* SPDX-License-Identifier: Apache-2.0 */
/* The token of a page is the number under which it begins: rows that come meanwhile move nothing.
 */
#include "sandbox/sandbox_pages.h"

#include "base/attr.h"

#define PAGE_SIZE 50
#define PAGE_SIZE_MAX 1000
#define QUERY_MAX (32u << 10)

static int64_t number_in(struct str text, int64_t least, int64_t most, int64_t otherwise)
{
    int64_t n;
    return str_to_i64(text, &n) ? MAX_OF(MIN_OF(n, most), least) : otherwise;
}

void pages_read(struct pool *p, const struct form *f, const char *path, struct pages *out)
{
    struct buf query CLEANUP(buf_clear);
    *out = (struct pages){
        .page_size = number_in(form_get(f, "PageSize"), 1, PAGE_SIZE_MAX, PAGE_SIZE),
        .page = number_in(form_get(f, "Page"), 0, INT32_MAX, 0),
        .below = INT64_MAX,
        .pool = p,
        .path = path,
    };
    struct str token = form_get(f, "PageToken");
    if (str_starts(token, STR("PA"))) {
        out->below = number_in((struct str){token.p + 2, token.n - 2}, 0, INT64_MAX, 0);
    }
    buf_init(&query, QUERY_MAX);
    for (size_t i = 0; i < f->n; i++) {
        if (!str_starts(f->pairs[i].name, STR("Page"))) {
            form_add(&query, f->pairs[i].name.p, f->pairs[i].value);
        }
    }
    buf_puts(&query, query.len ? "&" : "");
    out->query = (struct str){str_dup(p, buf_str(&query)), query.len};
}

bool pages_row(struct pages *l, int64_t number)
{
    if (l->n == l->page_size) {
        l->more = l->last;
        return false;
    }
    l->last = number;
    l->n++;
    return true;
}

static void kv_page(struct jw *j, const struct pages *l, const char *key, int64_t page,
                    int64_t token)
{
    const char *tail = token ? pool_printf(l->pool, "&PageToken=PA%lld", (long long)token) : "";
    jw_kv_text(j, key,
               pool_printf(l->pool, "%s?" STR_FMT "PageSize=%lld&Page=%lld%s", l->path,
                           STR_ARG(l->query), (long long)l->page_size, (long long)page, tail));
}

void pages_write(struct jw *j, const struct pages *l)
{
    jw_kv_i64(j, "page", l->page);
    jw_kv_i64(j, "page_size", l->page_size);
    jw_kv_i64(j, "start", l->page * l->page_size);
    jw_kv_i64(j, "end", l->page * l->page_size + MAX_OF(l->n - 1, 0));
    kv_page(j, l, "uri", l->page, l->below == INT64_MAX ? 0 : l->below);
    kv_page(j, l, "first_page_uri", 0, 0);
    jw_kv_null(j, "previous_page_uri");
    if (l->more) {
        kv_page(j, l, "next_page_uri", l->page + 1, l->more);
    } else {
        jw_kv_null(j, "next_page_uri");
    }
}
