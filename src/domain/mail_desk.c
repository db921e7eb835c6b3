/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an address is the business's, and which of its addresses an e-mail came to. */
#include "domain/inbound_mail_private.h"

/* Local part and domain of one address, without what follows a + in the local part. */
static bool cut(struct str address, struct str *local, struct str *domain)
{
    ptrdiff_t at = -1;
    for (size_t i = 0; i < address.n; i++) {
        at = address.p[i] == '@' ? (ptrdiff_t)i : at;
    }
    if (at <= 0 || (size_t)at + 1 >= address.n) {
        return false;
    }
    struct str left = {address.p, (size_t)at};
    *local = str_cut(&left, '+');
    *domain = (struct str){address.p + at + 1, address.n - (size_t)at - 1};
    return local->n > 0;
}

static bool same_box(struct str own, struct str address)
{
    struct str a, b, a_domain, b_domain;
    return cut(str_trim(own), &a, &a_domain) && cut(address, &b, &b_domain) &&
           str_eq_nocase(a, b) && str_eq_nocase(a_domain, b_domain);
}

bool mail_desk_owns(const struct mail_desk *desk, const char *address)
{
    struct str rest = str_of(desk->aliases ? desk->aliases : ""), all = str_of(address);
    if (desk->address && same_box(str_of(desk->address), all)) {
        return true;
    }
    while (rest.p) {
        if (same_box(str_cut(&rest, ','), all)) {
            return true;
        }
    }
    return false;
}

/* Without a token or other tag; "" for what is no address. */
static const char *plain(struct pool *p, const char *address)
{
    struct str local, domain;
    if (strlen(address) > ADDRESS_MAX_BYTES) {
        return "";
    }
    return cut(str_of(address), &local, &domain)
               ? pool_printf(p, STR_FMT "@" STR_FMT, STR_ARG(local), STR_ARG(domain))
               : address;
}

static const char *own_among(const struct inbound_mail *in, const struct mail_addresses *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (mail_desk_owns(in->desk, list->all[i].address)) {
            return list->all[i].address;
        }
    }
    return NULL;
}

const char *mail_desk_reached(struct pool *p, const struct inbound_mail *in)
{
    const struct mail_addresses *lists[] = {&in->mail->delivered_to, &in->mail->to, &in->mail->cc};
    bool any = in->desk->address == NULL || in->desk->address[0] == '\0';
    for (size_t i = 0; i < in->n_envelope; i++) {
        if (any || mail_desk_owns(in->desk, in->envelope[i])) {
            return plain(p, in->envelope[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        const char *own = any && lists[i]->n ? lists[i]->all[0].address : own_among(in, lists[i]);
        if (own) {
            return plain(p, own);
        }
    }
    return any ? "" : in->desk->address;
}
