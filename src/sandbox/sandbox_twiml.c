/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libxml2 reads; the table says what there is. Twilio warns of an unknown attribute and refuses an
 * unknown verb; here both are refused, as the product has no reason to send either.
 */
#include "sandbox/sandbox_twiml.h"

#include <libxml/parser.h>

#define BYTES_MAX 65536
#define DEPTH_MAX 4

static const struct rule {
    const char *name, *within; /* the elements that it may stand in, between spaces */
    const char *attributes;    /* between spaces */
    bool text;
} rules[] = {
    {"Response", "", "", false},
    {"Say", " Response Gather ", " voice language loop ", true},
    {"Play", " Response Gather ", " loop digits ", true},
    {"Pause", " Response Gather ", " length ", false},
    {"Gather", " Response ",
     " action method timeout numDigits finishOnKey input actionOnEmptyResult speechTimeout "
     "language "
     "hints bargeIn profanityFilter speechModel enhanced partialResultCallback ",
     false},
    {"Record", " Response ",
     " action method timeout finishOnKey maxLength playBeep trim recordingStatusCallback "
     "recordingStatusCallbackMethod recordingStatusCallbackEvent transcribe transcribeCallback ",
     false},
    {"Dial", " Response ",
     " action method callerId answerOnBridge timeout timeLimit hangupOnStar record "
     "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent "
     "recordingTrack ringTone sequential referUrl referMethod trim ",
     true},
    {"Number", " Dial ",
     " url method statusCallback statusCallbackMethod statusCallbackEvent sendDigits byoc "
     "machineDetection ",
     true},
    {"Connect", " Response ", " action method ", false},
    {"Start", " Response ", " action method ", false},
    {"Stream", " Connect Start ",
     " url name track statusCallback statusCallbackMethod connectorName ", false},
    {"Recording", " Start ",
     " recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent trim "
     "track channels ",
     false},
    {"Parameter", " Stream ", " name value ", false},
    {"Hangup", " Response ", "", false},
    {"Redirect", " Response ", " method ", true},
    {"Reject", " Response ", " reason ", false},
};

static bool lists(const char *list, const char *name)
{
    char word[64];
    snprintf(word, sizeof word, " %s ", name);
    return strstr(list, word) != NULL;
}

static const struct rule *rule_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (strcmp(rules[i].name, name) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

struct reader {
    struct pool *pool;
    struct err *e;
};

static int refuse(struct reader *r, const char *what, const char *name, const char *where)
{
    return err_set(r->e, ERR_MALFORMED, "Twilio knows no %s %.60s in %.60s", what, name, where);
}

static int read_attributes(struct reader *r, const xmlNode *node, const struct rule *rule,
                           struct twiml *t)
{
    size_t n = 0;
    for (const xmlAttr *a = node->properties; a; a = a->next) {
        n++;
    }
    t->attributes = pool_calloc(r->pool, n + 1, sizeof *t->attributes);
    for (xmlAttr *a = node->properties; a; a = a->next) {
        const char *name = (const char *)a->name;
        if (!lists(rule->attributes, name)) {
            return refuse(r, "attribute", name, rule->name);
        }
        xmlChar *value = xmlNodeListGetString(node->doc, a->children, 1);
        t->attributes[t->n_attributes++] = (struct twiml_attribute){
            pool_strdup(r->pool, name), pool_strdup(r->pool, value ? (char *)value : "")};
        xmlFree(value);
    }
    return 0;
}

static int read_element(struct reader *r, xmlNode *node, const char *within, int depth,
                        struct twiml **out)
{
    const char *name = (const char *)node->name;
    const struct rule *rule = rule_of(name);
    bool root = !within[0];
    if (!rule || depth > DEPTH_MAX ||
        (root ? strcmp(name, "Response") != 0 : !lists(rule->within, within))) {
        return refuse(r, "element", name, root ? "a document" : within);
    }
    struct twiml *t = pool_alloc(r->pool, sizeof *t);
    t->name = rule->name;
    int rc = read_attributes(r, node, rule, t);
    if (rc) {
        return rc;
    }
    xmlChar *text = xmlNodeGetContent(node);
    t->text = str_dup(r->pool, str_trim(str_of(rule->text && text ? (char *)text : "")));
    xmlFree(text);
    struct twiml **last = &t->children;
    for (xmlNode *child = node->children; child && rc == 0; child = child->next) {
        bool words = child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE;
        if (words && !rule->text && !xmlIsBlankNode(child)) {
            rc = refuse(r, "text", "of its own", rule->name);
        } else if (child->type == XML_ELEMENT_NODE) {
            rc = read_element(r, child, rule->name, depth + 1, last);
            last = rc ? last : &(*last)->next;
        }
    }
    *out = t;
    return rc;
}

static void be_silent(void *arg UNUSED, const char *format UNUSED, ...)
{
}

int twiml_read(struct pool *p, struct str text, struct twiml **out, int *code_out, struct err *e)
{
    struct reader r = {p, e};
    *code_out = 12100;
    if (text.n == 0 || text.n > BYTES_MAX) {
        return err_set(e, ERR_MALFORMED, "a document has 1 to %d bytes", BYTES_MAX);
    }
    xmlParserCtxt *parser = xmlNewParserCtxt();
    if (!parser) {
        return err_set(e, ERR_MALFORMED, "no memory for the document");
    }
    parser->sax->error = parser->sax->warning = be_silent;
    parser->sax->serror = NULL;
    xmlDoc *doc = xmlCtxtReadMemory(parser, text.p, (int)text.n, NULL, NULL,
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    int rc = doc && xmlDocGetRootElement(doc) && !doc->intSubset
                 ? 0
                 : err_set(e, ERR_MALFORMED, "the document is no XML");
    if (rc == 0) {
        *code_out = 12200;
        rc = read_element(&r, xmlDocGetRootElement(doc), "", 0, out);
    }
    xmlFreeDoc(doc);
    xmlFreeParserCtxt(parser);
    return rc;
}

const char *twiml_get(const struct twiml *t, const char *name, const char *otherwise)
{
    for (size_t i = 0; i < t->n_attributes; i++) {
        if (strcmp(t->attributes[i].name, name) == 0) {
            return t->attributes[i].value;
        }
    }
    return otherwise;
}

int twiml_get_int(const struct twiml *t, const char *name, int otherwise)
{
    int64_t n;
    return str_to_i64(str_of(twiml_get(t, name, "")), &n) && n >= 0 && n <= 86400 ? (int)n
                                                                                  : otherwise;
}
