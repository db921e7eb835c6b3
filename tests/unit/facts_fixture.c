/* SPDX-License-Identifier: Apache-2.0 */
/* The seed's form is domain/business.h's; here it is trusted. */
#include "facts_fixture.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "domain/zone.h"

static json_t *read_seed(struct pool *p, const char *file)
{
    const char *folder = getenv("AVA_TEST_DATA");
    char *path = pool_printf(p, "%s/%s", folder ? folder : "tests/unit/data", file);
    char *bytes = pool_alloc(p, 65536);
    json_t *doc = NULL;
    struct err e = {.text = "cannot be read"};
    FILE *f = fopen(path, "rbe");
    size_t n = f ? fread(bytes, 1, 65536, f) : 0;
    if (f) {
        (void)fclose(f);
    }
    if (n == 0 || json_read(p, (struct str){bytes, n}, &doc, &e) != 0) {
        fprintf(stderr, "%s: %s\n", path, e.text);
        exit(1);
    }
    return doc;
}

static const char *const *synonyms_of(struct pool *p, const json_t *list)
{
    const char **texts = pool_calloc(p, json_array_size(list) + 1, sizeof *texts);
    for (size_t i = 0; i < json_array_size(list); i++) {
        texts[i] = json_string_value(json_array_get(list, i));
    }
    return texts;
}

static void read_lists(struct pool *p, const json_t *doc, struct facts *f)
{
    const json_t *services = json_object_get(doc, "services");
    const json_t *hours = json_object_get(doc, "hours");
    struct facts_service *s = pool_calloc(p, json_array_size(services), sizeof *s);
    struct facts_hours *h = pool_calloc(p, json_array_size(hours), sizeof *h);
    f->n_services = json_array_size(services);
    f->n_hours = json_array_size(hours);
    f->services = s;
    f->hours = h;
    for (size_t i = 0; i < f->n_services; i++) {
        const json_t *one = json_array_get(services, i);
        int from = (int)json_get_i64(one, "price_from_cents", -1);
        s[i] = (struct facts_service){
            .key = json_get_text(one, "key", ""),
            .name = json_get_text(one, "name", ""),
            .description = json_get_text(one, "description", NULL),
            .duration_minutes = (int)json_get_i64(one, "duration_minutes", 0),
            .price_from_cents = from,
            .price_to_cents = (int)json_get_i64(one, "price_to_cents", from),
            .synonyms = synonyms_of(p, json_object_get(one, "synonyms")),
        };
    }
    for (size_t i = 0; i < f->n_hours; i++) {
        const json_t *one = json_array_get(hours, i);
        h[i] =
            (struct facts_hours){(int)json_get_i64(one, "weekday", 0),
                                 json_get_text(one, "opens", ""), json_get_text(one, "closes", "")};
    }
}

const struct facts *facts_of_seed(struct pool *p, const char *file)
{
    const json_t *doc = read_seed(p, file);
    const json_t *facts = json_object_get(doc, "facts");
    struct facts *f = pool_alloc(p, sizeof *f);
    f->business_name = json_get_text(facts, "business_name", NULL);
    f->assistant_name = json_get_text(facts, "assistant_name", NULL);
    f->time_zone = json_get_text(facts, "time_zone", NULL);
    f->phone = json_get_text(facts, "phone", NULL);
    f->address = json_get_text(facts, "address", NULL);
    f->directions = json_get_text(facts, "directions", NULL);
    f->parking = json_get_text(facts, "parking", NULL);
    f->escalation_contact = json_get_text(facts, "escalation_contact", NULL);
    f->emergency_number = json_get_text(facts, "emergency_number", NULL);
    f->payment = json_get_text(facts, "payment", NULL);
    f->team = json_get_text(facts, "team", NULL);
    f->consultation = json_get_text(facts, "consultation", NULL);
    f->currency = json_get_text(facts, "currency", NULL);
    read_lists(p, doc, f);
    struct err e = {0};
    if (zone_load(p, f->time_zone, &f->zone, &e) != 0) {
        fprintf(stderr, "%s: %s\n", f->time_zone, e.text);
        exit(1);
    }
    return f;
}
