/*
 * providers/operation_list.c - a whole list, or none
 *
 *   pass     a reading of the list from first to last page with its own
 *            variables; an operation without `passes` has one
 *   row      counts in the first pass that has its id
 *   totals   the distinct ids of a pass, before any filter, must be as many as
 *            the helpdesk says there are
 *
 * Lists move while they are read. A pass that contradicts itself is read once
 * more; when it does so again, the whole list has failed: half a list would
 * make those look gone that were not read.
 */
#include "providers/operation_internal.h"

#include "base/fold.h"
#include "providers/paging.h"

#include <stdlib.h>
#include <string.h>

#define PASS_TRIES 2

/* A list under way. */
struct list {
    const struct op_run *run;
    const char *id_path;
    bool strict_id;       /* a row without an id makes no sense here */
    json_t *records;      /* owned; the result so far */
    json_t *assumed;      /* owned; parallel to it */
    json_t *ids;          /* owned; object of the ids so far */
    const json_t *verify; /* borrowed; NULL: none */
    char *wanted;         /* owned; the filled template of `verify` */
    bool ignore_case;
    int status;
};

/* A pass under way. */
struct pass {
    struct list *list;
    struct op_run run;    /* with the pass's variables */
    const json_t *assume; /* borrowed; NULL: none */
    struct paging paging;
    json_t *rows;      /* owned */
    json_t *ids;       /* owned; object */
    size_t without_id; /* rows that count by themselves */
    const char *why;   /* what is wrong with it, when something is */
    char *last;        /* owned; `sorted_by` of the row before */
    int direction;     /* of `sorted_by`: 1 up, -1 down, 0 not yet known */
    bool contradicts;  /* itself: worth a second reading */
};

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- ids ----------------------------------------------------------------- */

static bool begins(const char *op, const char *with)
{
    return strncmp(op, with, strlen(with)) == 0;
}

/* Where the id of a row lies: the operation's own `id`, else that of the kind
 * of thing which it lists. */
static void choose_id(struct list *l)
{
    static const struct {
        const char *op, *of;
    } owners[] = {
        {"users.list", "user"},
        {"users.find_", "user"},
        {"customers.find_", "user"},
        {"teams.list", "group"},
    };
    const char *own = text(l->run->spec, "id"), *path = NULL;
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++)
        if (path == NULL && begins(l->run->op, owners[i].op))
            path =
                text(json_object_get(l->run->e->profile, owners[i].of), "id");
    l->strict_id = own != NULL || path != NULL;
    l->id_path = own != NULL ? own : path != NULL ? path : "id";
}

/* ---- order --------------------------------------------------------------- */

static bool as_number(const char *s, double *out)
{
    char *end = NULL;
    *out = strtod(s, &end);
    return end != s && *end == '\0';
}

static int compare(const char *a, const char *b)
{
    double x, y;
    if (as_number(a, &x) && as_number(b, &y))
        return (x > y) - (x < y);
    int order = strcmp(a, b);
    return (order > 0) - (order < 0);
}

/* False: the row stands where `sorted_by` says that it cannot. */
static bool in_order(struct pass *p, const json_t *row)
{
    const char *by = text(p->run.spec, "sorted_by");
    char *now = by == NULL ? NULL : select_text(select_path(row, by));
    if (now == NULL)
        return true;
    int step = p->last == NULL ? 0 : compare(now, p->last);
    bool ok = step == 0 || p->direction == 0 || step == p->direction;
    if (p->direction == 0)
        p->direction = step;
    free(p->last);
    p->last = now;
    return ok;
}

/* ---- one page ------------------------------------------------------------ */

/* The rows of a body; an empty list where `empty_when` says so. New. */
static json_t *rows_of(const json_t *spec, const json_t *body)
{
    const char *path = text(spec, "records");
    const json_t *empty = json_object_get(spec, "empty_when");
    json_t *rows = path == NULL ? NULL : select_path(body, path);
    if (json_is_array(rows))
        return json_incref(rows);
    bool none = rows == NULL || json_is_null(rows);
    if (none && empty != NULL && body != NULL &&
        when_holds(empty, body, NULL, true) == WHEN_TRUE)
        return json_array();
    return NULL;
}

enum row_kind { ROW_NEW, ROW_KNOWN, ROW_BAD };

static enum row_kind add_row(struct pass *p, json_t *row)
{
    char *id = select_text(select_path(row, p->list->id_path));
    enum row_kind kind = ROW_NEW;
    if (id == NULL || *id == '\0') {
        p->without_id++;
        kind = p->list->strict_id ? ROW_BAD : ROW_NEW;
        p->why = "a row has no id";
    } else if (json_object_get(p->ids, id) != NULL) {
        kind = ROW_KNOWN;
    } else if (json_object_set_new(p->ids, id, json_true()) != 0) {
        kind = ROW_BAD;
        p->why = "an id is no text, or memory ran out";
    }
    free(id);
    if (kind == ROW_NEW && !in_order(p, row)) {
        kind = ROW_BAD;
        p->why = "it is not in the order that sorted_by states";
    }
    if (kind == ROW_NEW && json_array_append(p->rows, row) != 0)
        kind = ROW_BAD;
    return kind;
}

/* False: p->why says what is wrong. */
static bool add_rows(struct pass *p, const json_t *rows)
{
    size_t i, fresh = 0;
    json_t *row;
    json_array_foreach (rows, i, row) {
        enum row_kind kind = add_row(p, row);
        if (kind == ROW_BAD)
            return false;
        fresh += kind == ROW_NEW;
    }
    if (json_array_size(rows) > 0 && fresh == 0) {
        p->why = "a page holds nothing but what earlier pages had";
        return false;
    }
    return true;
}

/* ---- one pass ------------------------------------------------------------ */

static enum up_rc broken(struct pass *p, const char *why, struct up_error *err)
{
    p->contradicts = true;
    return op_fail(err, UP_FAILED,
                   "The helpdesk's list (%s) cannot be trusted: %s. Nothing is "
                   "concluded from it.",
                   p->run.op, why);
}

/* Sends the request of p->paging.url and judges the answer. */
static enum up_rc ask_page(struct pass *p, struct op_request *q,
                           struct op_exchange *x, struct op_answer *answer,
                           struct up_error *err)
{
    *x = (struct op_exchange){0};
    *answer = (struct op_answer){0};
    free(q->url);
    q->url = strdup(p->paging.url);
    if (q->url == NULL)
        return op_fail(err, UP_FAILED, "No memory for a list.");
    enum up_rc rc = exchange_run(&p->run, q, x, err);
    if (rc == UP_OK)
        rc = answer_judge(&p->run, q, x, answer, err);
    p->list->status = x->response.status;
    /* "Not there" in the middle of a list says nothing about its subject. */
    if (rc == UP_NOT_FOUND && p->paging.pages > 0)
        rc = broken(p, "a later page is not there", err);
    return rc;
}

/* UP_OK with *end telling whether more pages follow. */
static enum up_rc take_page(struct pass *p, const struct op_exchange *x,
                            const struct op_answer *answer,
                            enum paging_end *end, struct up_error *err)
{
    *end = PAGING_LAST;
    if (answer->excused)
        return UP_OK;
    json_t *rows = rows_of(p->run.spec, answer->body);
    if (rows == NULL)
        return op_fail(err, UP_FAILED,
                       "The helpdesk answered %s without the list that its "
                       "profile expects.",
                       p->run.op);
    const char *why = "";
    enum up_rc rc = UP_OK;
    if (!add_rows(p, rows))
        rc = broken(p, p->why, err);
    if (rc == UP_OK)
        *end = paging_next(&p->paging, answer->body, &x->response,
                           json_array_size(rows), &why);
    if (*end == PAGING_BROKEN)
        rc = broken(p, why, err);
    json_decref(rows);
    return rc;
}

static enum up_rc total_agrees(struct pass *p, struct up_error *err)
{
    int64_t distinct = (int64_t)(json_object_size(p->ids) + p->without_id);
    if (p->paging.total < 0 || p->paging.total == distinct)
        return UP_OK;
    p->contradicts = true;
    return op_fail(err, UP_FAILED,
                   "The helpdesk's list (%s) cannot be trusted: it says that "
                   "there are %lld, and has %lld. Nothing is concluded from "
                   "it.",
                   p->run.op, (long long)p->paging.total, (long long)distinct);
}

static enum up_rc read_pages(struct pass *p, struct up_error *err)
{
    struct op_request q;
    enum paging_end end = PAGING_MORE;
    const char *style_name = text(p->run.spec, "paging");
    const json_t *style =
        style_name == NULL
            ? NULL
            : json_object_get(json_object_get(p->run.e->profile, "paging"),
                              style_name);
    enum up_rc rc = request_build(&p->run, &q, err);
    if (rc != UP_OK)
        return rc;
    if (!paging_start(&p->paging, style,
                      account_of(p->run.e, p->run.spec)->base_url, q.url))
        rc = op_fail(err, UP_FAILED, "No memory for a list.");
    while (rc == UP_OK && end == PAGING_MORE) {
        struct op_exchange x;
        struct op_answer answer;
        rc = ask_page(p, &q, &x, &answer, err);
        if (rc == UP_OK)
            rc = take_page(p, &x, &answer, &end, err);
        json_decref(answer.body);
        http_response_clear(&x.response);
    }
    request_clear(&q);
    return rc == UP_OK ? total_agrees(p, err) : rc;
}

static bool pass_begin(struct pass *p)
{
    p->rows = json_array();
    p->ids = json_object();
    return p->rows != NULL && p->ids != NULL;
}

static void pass_clear(struct pass *p)
{
    paging_clear(&p->paging);
    json_decref(p->rows);
    json_decref(p->ids);
    free(p->last);
    p->rows = p->ids = NULL;
    p->last = NULL;
    p->direction = 0;
    p->contradicts = false;
    p->without_id = 0;
}

/* ---- filters ------------------------------------------------------------- */

static bool verified(const struct list *l, const json_t *row)
{
    if (l->verify == NULL)
        return true;
    bool same = false;
    size_t i;
    json_t *value;
    json_t *all = select_all(row, text(l->verify, "path"));
    json_array_foreach (all, i, value) {
        char *written = select_text(value);
        if (written != NULL)
            same = same || (l->ignore_case ? fold_equal(written, l->wanted)
                                           : strcmp(written, l->wanted) == 0);
        free(written);
    }
    json_decref(all);
    return same;
}

static bool kept(const struct pass *p, const json_t *row)
{
    const json_t *include = json_object_get(p->run.spec, "include");
    return (include == NULL ||
            when_holds(include, row, p->assume, false) == WHEN_TRUE) &&
           verified(p->list, row);
}

/* The row under the names that `reshape` gives its fields; new. */
static json_t *shaped(const struct pass *p, json_t *row)
{
    const json_t *names = json_object_get(p->run.spec, "reshape");
    const char *to;
    json_t *from, *value, *out = names == NULL ? NULL : json_object();
    json_object_foreach ((json_t *)names, to, from) {
        value = select_path(row, json_string_value(from));
        if (value != NULL && out != NULL)
            (void)select_put(out, to, json_incref(value));
    }
    return names == NULL ? json_incref(row) : out;
}

/* Moves the rows of a finished pass into the list. */
static bool merge(struct pass *p)
{
    struct list *l = p->list;
    size_t i;
    json_t *row;
    json_array_foreach (p->rows, i, row) {
        char *id = select_text(select_path(row, l->id_path));
        bool known = id != NULL && json_object_get(l->ids, id) != NULL;
        bool ok = known || id == NULL ||
                  json_object_set_new(l->ids, id, json_true()) == 0;
        free(id);
        if (!known && kept(p, row))
            ok = ok && json_array_append_new(l->records, shaped(p, row)) == 0 &&
                 json_array_append(l->assumed, p->assume == NULL
                                                   ? json_null()
                                                   : (json_t *)p->assume) == 0;
        if (!ok)
            return false;
    }
    return true;
}

/* ---- the list ------------------------------------------------------------ */

static enum up_rc read_pass(struct list *l, const json_t *spec,
                            struct up_error *err)
{
    struct vars chain;
    struct pass p = {.list = l, .run = *l->run};
    char missing[128] = "";
    const json_t *with = json_object_get(spec, "with");
    json_t *scope =
        with == NULL ? NULL : template_fill(with, l->run->vars, missing);
    p.assume = json_object_get(spec, "assume");
    enum up_rc rc = UP_OK;
    if (with != NULL &&
        (scope == NULL || !vars_with(l->run->vars, scope, &chain))) {
        json_decref(scope);
        return op_fail(err, UP_FAILED, "A pass of %s cannot be prepared (%s).",
                       l->run->op, missing);
    }
    if (with != NULL)
        p.run.vars = &chain;
    for (int attempt = 1; attempt == 1 || p.contradicts; attempt++) {
        pass_clear(&p);
        if (!pass_begin(&p))
            rc = op_fail(err, UP_FAILED, "No memory for a list.");
        else
            rc = read_pages(&p, err);
        if (attempt == PASS_TRIES)
            break;
    }
    if (rc == UP_OK && !merge(&p))
        rc = op_fail(err, UP_FAILED, "No memory for a list.");
    pass_clear(&p);
    json_decref(scope);
    return rc;
}

/* The value that `verify` compares with, from variables without a pass's. */
static enum up_rc prepare_verify(struct list *l, struct up_error *err)
{
    char missing[128] = "";
    l->verify = json_object_get(l->run->spec, "verify");
    const char *exact = text(l->verify, "equals"),
               *any_case = text(l->verify, "equals_ci");
    if (l->verify == NULL)
        return UP_OK;
    l->ignore_case = any_case != NULL;
    const char *template = any_case != NULL ? any_case : exact;
    l->wanted = template == NULL || text(l->verify, "path") == NULL
                    ? NULL
                    : template_text(template, l->run->vars, missing);
    if (l->wanted != NULL)
        return UP_OK;
    (void)op_fail(err, UP_INVALID, "The search %s needs a value for %s.",
                  l->run->op, missing);
    memcpy(err->field, missing, sizeof missing);
    return err->rc;
}

static enum up_rc read_passes(struct list *l, struct up_error *err)
{
    const json_t *passes = json_object_get(l->run->spec, "passes");
    size_t i;
    json_t *pass;
    if (json_array_size(passes) == 0)
        return read_pass(l, NULL, err);
    json_array_foreach (passes, i, pass) {
        enum up_rc rc = read_pass(l, pass, err);
        if (rc != UP_OK)
            return rc;
    }
    return UP_OK;
}

/* What a search without a hit means, where the profile says so. */
static enum up_rc nothing_found(const struct list *l, struct up_error *err)
{
    const char *says = NULL;
    enum up_rc rc = op_kind(text(l->run->spec, "missing_as"), &says);
    /* What is only planned was not made, and so is not there to be found. */
    if (says == NULL || json_array_size(l->records) > 0 ||
        l->run->call->plan != NULL)
        return UP_OK;
    return op_fail(err, rc, "%s (%s found nothing).", says, l->run->op);
}

enum up_rc list_run(const struct op_run *run, struct op_result *out,
                    struct up_error *err)
{
    struct list l = {.run = run,
                     .records = json_array(),
                     .assumed = json_array(),
                     .ids = json_object()};
    enum up_rc rc = UP_FAILED;
    choose_id(&l);
    if (l.records == NULL || l.assumed == NULL || l.ids == NULL)
        rc = op_fail(err, UP_FAILED, "No memory for a list.");
    else
        rc = prepare_verify(&l, err);
    if (rc == UP_OK)
        rc = read_passes(&l, err);
    if (rc == UP_OK)
        rc = nothing_found(&l, err);
    if (rc == UP_OK) {
        out->records = json_incref(l.records);
        out->assumed = json_incref(l.assumed);
        out->status = l.status;
    }
    json_decref(l.records);
    json_decref(l.assumed);
    json_decref(l.ids);
    free(l.wanted);
    return rc;
}
