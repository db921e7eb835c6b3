/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/hear_answer.h"

#include "base/json_read.h"
#include "base/utf8.h"

#define CONFIDENCE 0.9 /* the server does not tell any */

int hear_answer_read(struct pool *p, struct str body, struct heard *out, struct err *e)
{
    json_t *doc;
    int rc = json_read(p, body, &doc, NULL);
    json_t *text = rc == 0 ? json_object_get(doc, "text") : NULL;
    if (!json_is_string(text)) {
        return err_set(e, ERR_PROVIDER,
                       "the speech server's answer has no \"text\": it must answer as "
                       "/v1/audio/transcriptions does, in JSON");
    }
    struct str said = {json_string_value(text), json_string_length(text)};
    said = str_trim(utf8_prefix(str_trim(said), HEAR_TEXT_MAX));
    out->text = (struct str){str_dup(p, said), said.n};
    out->confidence = said.n ? CONFIDENCE : 0;
    return 0;
}
