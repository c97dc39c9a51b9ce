/*
 * test/sim/quillbox.c - the helpdesk of quillbox.h
 *
 *   scribe     {mark, letterbox, called, rank, standing, sworn_on}
 *   guild      {mark, banner}
 *   oath       {mark, guild, scribe}
 *   parchment  {mark, holder, sealed}
 *
 * A letterbox is unique in any case, a banner as written. The rank is reader,
 * scribe or warden, the standing working or resting; one who rests cannot be
 * amended. A parchment may be handed to whoever works.
 */
#include "test/sim/quillbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { SCRIBES, GUILDS, OATHS, PARCHMENTS, QUILL_TABLES };
enum { KNOB_KEY = KNOB_COMMON_COUNT, KNOB_RATE };

static const struct table_spec tables[QUILL_TABLES] = {
    [SCRIBES] = {"scribes", 1, {{"letterbox", true}}},
    [GUILDS] = {"guilds", 1, {{"banner", false}}},
    [OATHS] = {"oaths", 1, {{"guild", false}, {"scribe", false}}},
    [PARCHMENTS] = {"parchments", 1, {{"holder", false}}},
};
static const char letters[QUILL_TABLES] = {'S', 'G', 'O', 'P'};

/* clang-format off */
static const struct knob_spec knobs[] = {
    {"key", KNOB_TEXT, "quill-key", NULL, "what X-Quill-Key must say"},
    {"rate", KNOB_NUMBER, "0", NULL, "taken, and of no effect"},
};
/* clang-format on */

/* ---- answers ------------------------------------------------------------- */

static void blot(struct answer *a, int status, const char *word,
                 const char *where, const char *says)
{
    answer_json(a, status,
                json_pack("{s:{s:s, s:s?, s:s}}", "ink", "blot", word, "where",
                          where, "says", says));
}

static void show(struct answer *a, int status, const char *name, json_t *row)
{
    answer_json(a, status, json_pack("{s:o}", name, row));
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

/* ---- rows ---------------------------------------------------------------- */

/* "S-12" -> 12; 0: no mark of this table. */
static int64_t number_of(int table, const char *mark)
{
    char *end = NULL;

    if (mark[0] != letters[table] || mark[1] != '-')
        return 0;
    long long n = strtoll(mark + 2, &end, 10);
    return *end == '\0' && n > 0 ? n : 0;
}

static json_t *row_of(const struct world *w, int table, const char *mark)
{
    return table_get(&w->tables[table], number_of(table, mark));
}

/* The row that the path names, or NULL and a 404. */
static json_t *asked(const struct world *w, const struct request *r, int table,
                     struct answer *a)
{
    json_t *row = row_of(w, table, r->arg[0]);

    if (row == NULL)
        blot(a, 404, "unknown", NULL, "No such mark is in the book.");
    return row;
}

/* Gives a new row its mark and keeps it. */
static void enter(struct world *w, int table, json_t *row)
{
    char mark[24];
    int64_t n = table_new_id(&w->tables[table]);

    (void)snprintf(mark, sizeof mark, "%c-%lld", letters[table], (long long)n);
    json_object_set_new(row, "mark", json_string(mark));
    table_put(&w->tables[table], n, row);
}

static void keep(struct world *w, int table, const json_t *row)
{
    table_put(&w->tables[table], number_of(table, text(row, "mark")), row);
}

/* Another row of the table has the value in its first indexed member. */
static bool taken(const struct world *w, int table, const char *value,
                  const char *self)
{
    size_t count = 0;
    const int64_t *ids = table_where(&w->tables[table], 0, value, &count);

    for (size_t i = 0; i < count; i++)
        if (ids[i] != number_of(table, self))
            return true;
    return false;
}

/* Rows from row `from_row` on, of which there may be `rows`. Where `member` is
 * asked for in the query, only rows that have that value. */
static void list(const struct world *w, const struct request *r, int table,
                 const char *const members[2], struct answer *a)
{
    const struct table *t = &w->tables[table];
    long from = request_number(r, "from_row", 1, 1);
    long rows = request_number(r, "rows", 1, 20), n = 0;
    json_t *found = json_array();

    for (size_t i = 0; i < t->count; i++) {
        json_t *row = json_loads(t->rows[i].text, 0, NULL);
        bool fits = true;
        for (size_t m = 0; m < 2 && members[m]; m++) {
            const char *want = request_query(r, members[m]);
            fits = fits && (!want || strcmp(want, text(row, members[m])) == 0);
        }
        if (fits && ++n >= from && n < from + rows)
            json_array_append(found, row);
        json_decref(row);
    }
    answer_json(a, 200,
                json_pack("{s:o, s:I}", t->spec->name, found, "counted",
                          (json_int_t)n));
}

/* ---- scribes ------------------------------------------------------------- */

static bool is_rank(const char *rank)
{
    return strcmp(rank, "reader") == 0 || strcmp(rank, "scribe") == 0 ||
           strcmp(rank, "warden") == 0;
}

/* Takes what is said of a scribe; false: refused. */
static bool amend(const struct world *w, const json_t *said, json_t *scribe,
                  struct answer *a)
{
    static const char *const fields[] = {"letterbox", "called", "rank"};

    for (size_t i = 0; i < COUNT(fields); i++) {
        json_t *value = json_object_get(said, fields[i]);
        if (value != NULL)
            json_object_set(scribe, fields[i], value);
    }
    const char *letterbox = text(scribe, "letterbox");
    if (strchr(letterbox, '@') == NULL)
        blot(a, 422, "unfit", "letterbox", "A letterbox has an @.");
    else if (!is_rank(text(scribe, "rank")))
        blot(a, 422, "unfit", "rank", "Nobody has such a rank.");
    else if (taken(w, SCRIBES, letterbox, text(scribe, "mark")))
        blot(a, 409, "twice", "letterbox", "Another scribe has it.");
    else
        return true;
    return false;
}

static void scribes_list(struct world *w, const struct request *r,
                         struct answer *a)
{
    static const char *const none[2] = {NULL, NULL};
    list(w, r, SCRIBES, none, a);
}

static void scribes_seek(struct world *w, const struct request *r,
                         struct answer *a)
{
    const char *letterbox = request_query(r, "letterbox");
    size_t count = 0;
    const int64_t *ids =
        table_where(&w->tables[SCRIBES], 0, letterbox ? letterbox : "", &count);
    json_t *found = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(found, table_get(&w->tables[SCRIBES], ids[i]));
    show(a, 200, "scribes", found);
}

static void scribes_get(struct world *w, const struct request *r,
                        struct answer *a)
{
    json_t *scribe = asked(w, r, SCRIBES, a);
    if (scribe != NULL)
        show(a, 200, "scribe", scribe);
}

static void scribes_swear(struct world *w, const struct request *r,
                          struct answer *a)
{
    json_t *scribe =
        json_pack("{s:n, s:n, s:n, s:s, s:s, s:o}", "mark", "letterbox",
                  "called", "rank", "scribe", "standing", "working", "sworn_on",
                  world_time_json(world_now(w)));

    if (!amend(w, json_object_get(r->json, "scribe"), scribe, a)) {
        json_decref(scribe);
        return;
    }
    enter(w, SCRIBES, scribe);
    show(a, 201, "scribe", scribe);
}

static void scribes_amend(struct world *w, const struct request *r,
                          struct answer *a)
{
    json_t *scribe = asked(w, r, SCRIBES, a);

    if (scribe == NULL)
        return;
    if (strcmp(text(scribe, "standing"), "resting") == 0) {
        blot(a, 423, "resting", NULL, "Who rests is not to be disturbed.");
    } else if (amend(w, json_object_get(r->json, "amend"), scribe, a)) {
        keep(w, SCRIBES, scribe);
        show(a, 200, "scribe", json_incref(scribe));
    }
    json_decref(scribe);
}

static void stand(struct world *w, const struct request *r, const char *how,
                  struct answer *a)
{
    json_t *scribe = asked(w, r, SCRIBES, a);

    if (scribe == NULL)
        return;
    json_object_set_new(scribe, "standing", json_string(how));
    keep(w, SCRIBES, scribe);
    json_decref(scribe);
    answer_none(a, 204);
}

static void scribes_rest(struct world *w, const struct request *r,
                         struct answer *a)
{
    stand(w, r, "resting", a);
}

static void scribes_wake(struct world *w, const struct request *r,
                         struct answer *a)
{
    stand(w, r, "working", a);
}

/* ---- guilds -------------------------------------------------------------- */

static void guilds_list(struct world *w, const struct request *r,
                        struct answer *a)
{
    static const char *const none[2] = {NULL, NULL};
    list(w, r, GUILDS, none, a);
}

static void guilds_get(struct world *w, const struct request *r,
                       struct answer *a)
{
    json_t *guild = asked(w, r, GUILDS, a);
    if (guild != NULL)
        show(a, 200, "guild", guild);
}

static bool fly(const struct world *w, const json_t *said, json_t *guild,
                struct answer *a)
{
    json_t *banner = json_object_get(said, "banner");

    if (json_string_length(banner) == 0)
        blot(a, 422, "unfit", "banner", "A guild needs a banner.");
    else if (taken(w, GUILDS, json_string_value(banner), text(guild, "mark")))
        blot(a, 409, "twice", "banner", "Another guild flies it.");
    else
        return json_object_set(guild, "banner", banner) == 0;
    return false;
}

static void guilds_found(struct world *w, const struct request *r,
                         struct answer *a)
{
    json_t *guild = json_pack("{s:n, s:n}", "mark", "banner");

    if (fly(w, json_object_get(r->json, "guild"), guild, a)) {
        enter(w, GUILDS, guild);
        show(a, 201, "guild", json_incref(guild));
    }
    json_decref(guild);
}

static void guilds_rename(struct world *w, const struct request *r,
                          struct answer *a)
{
    json_t *guild = asked(w, r, GUILDS, a);

    if (guild == NULL)
        return;
    if (fly(w, json_object_get(r->json, "amend"), guild, a)) {
        keep(w, GUILDS, guild);
        show(a, 200, "guild", json_incref(guild));
    }
    json_decref(guild);
}

static void guilds_dissolve(struct world *w, const struct request *r,
                            struct answer *a)
{
    json_t *guild = asked(w, r, GUILDS, a);
    struct table *oaths = &w->tables[OATHS];

    if (guild == NULL)
        return;
    for (size_t i = oaths->count; i > 0; i--) {
        json_t *oath = table_get(oaths, oaths->rows[i - 1].id);
        if (strcmp(text(oath, "guild"), r->arg[0]) == 0)
            (void)table_drop(oaths, oaths->rows[i - 1].id);
        json_decref(oath);
    }
    (void)table_drop(&w->tables[GUILDS], number_of(GUILDS, r->arg[0]));
    json_decref(guild);
    answer_none(a, 204);
}

/* ---- oaths --------------------------------------------------------------- */

static void oaths_list(struct world *w, const struct request *r,
                       struct answer *a)
{
    static const char *const members[2] = {"guild", "scribe"};
    list(w, r, OATHS, members, a);
}

static void oaths_take(struct world *w, const struct request *r,
                       struct answer *a)
{
    const json_t *said = json_object_get(r->json, "oath");
    const char *guild = text(said, "guild"), *scribe = text(said, "scribe");
    json_t *of = row_of(w, GUILDS, guild), *by = row_of(w, SCRIBES, scribe);

    if (of == NULL || by == NULL) {
        blot(a, 422, "unfit", of == NULL ? "guild" : "scribe",
             "An oath binds a scribe of the book to a guild of the book.");
    } else {
        json_t *oath = json_pack("{s:n, s:s, s:s}", "mark", "guild", guild,
                                 "scribe", scribe);
        enter(w, OATHS, oath);
        show(a, 201, "oath", oath);
    }
    json_decref(of);
    json_decref(by);
}

static void oaths_break(struct world *w, const struct request *r,
                        struct answer *a)
{
    json_t *oath = asked(w, r, OATHS, a);

    if (oath == NULL)
        return;
    (void)table_drop(&w->tables[OATHS], number_of(OATHS, r->arg[0]));
    json_decref(oath);
    answer_none(a, 204);
}

/* ---- parchments ---------------------------------------------------------- */

static void parchments_list(struct world *w, const struct request *r,
                            struct answer *a)
{
    static const char *const members[2] = {"holder", "sealed"};
    list(w, r, PARCHMENTS, members, a);
}

static void parchments_hand(struct world *w, const struct request *r,
                            struct answer *a)
{
    json_t *parchment = asked(w, r, PARCHMENTS, a);
    json_t *to = json_object_get(r->json, "to");
    json_t *heir = row_of(w, SCRIBES, text(r->json, "to"));

    if (parchment == NULL)
        return;
    if (!json_is_null(to) && strcmp(text(heir, "standing"), "working") != 0) {
        blot(a, 422, "unfit", "to", "Only who works can hold it.");
    } else {
        json_object_set(parchment, "holder", to);
        keep(w, PARCHMENTS, parchment);
        answer_none(a, 204);
    }
    json_decref(heir);
    json_decref(parchment);
}

/* ---- the desk ------------------------------------------------------------ */

static void whose_key(struct world *w, const struct request *r,
                      struct answer *a)
{
    (void)r;
    show(a, 200, "scribe", row_of(w, SCRIBES, "S-1"));
}

/* clang-format off */
#define Q "/quill"
static const struct route routes[] = {
    {"GET", Q "/whose-key", "whose_key", whose_key, ROUTE_PLAIN},
    {"GET", Q "/scribes", "scribes.list", scribes_list, ROUTE_PLAIN},
    {"GET", Q "/scribes/seek", "scribes.seek", scribes_seek, ROUTE_PLAIN},
    {"POST", Q "/scribes", "scribes.swear", scribes_swear, ROUTE_JSON},
    {"GET", Q "/scribes/{}", "scribes.get", scribes_get, ROUTE_PLAIN},
    {"POST", Q "/scribes/{}/amend", "scribes.amend", scribes_amend, ROUTE_JSON},
    {"POST", Q "/scribes/{}/rest", "scribes.rest", scribes_rest, ROUTE_PLAIN},
    {"POST", Q "/scribes/{}/wake", "scribes.wake", scribes_wake, ROUTE_PLAIN},
    {"GET", Q "/guilds", "guilds.list", guilds_list, ROUTE_PLAIN},
    {"POST", Q "/guilds", "guilds.found", guilds_found, ROUTE_JSON},
    {"GET", Q "/guilds/{}", "guilds.get", guilds_get, ROUTE_PLAIN},
    {"POST", Q "/guilds/{}/amend", "guilds.rename", guilds_rename, ROUTE_JSON},
    {"DELETE", Q "/guilds/{}", "guilds.dissolve", guilds_dissolve, ROUTE_PLAIN},
    {"GET", Q "/oaths", "oaths.list", oaths_list, ROUTE_PLAIN},
    {"POST", Q "/oaths", "oaths.take", oaths_take, ROUTE_JSON},
    {"DELETE", Q "/oaths/{}", "oaths.break", oaths_break, ROUTE_PLAIN},
    {"GET", Q "/parchments", "parchments.list", parchments_list, ROUTE_PLAIN},
    {"POST", Q "/parchments/{}/hand", "parchments.hand", parchments_hand, ROUTE_JSON},
};
/* clang-format on */

static bool admit(struct world *w, const struct request *r, struct answer *a,
                  bool open)
{
    const char *sent = request_header(r, "X-Quill-Key");

    if (open || (sent && strcmp(sent, knob_text(&w->knobs, KNOB_KEY)) == 0))
        return true;
    blot(a, 401, "stranger", NULL, "The key is missing or wrong.");
    return false;
}

static void refuse(struct world *w, enum refusal why, struct answer *a)
{
    (void)w;
    switch (why) {
    case REFUSE_NO_ROUTE:
        blot(a, 404, "astray", NULL, "No such way.");
        break;
    case REFUSE_METHOD:
        blot(a, 405, "astray", NULL, "Not in this manner.");
        break;
    case REFUSE_BAD_JSON:
        blot(a, 400, "illegible", NULL, "The body is no JSON object.");
        break;
    case REFUSE_TOO_LARGE:
        blot(a, 413, "illegible", NULL, "The body is too large.");
        break;
    }
}

static void seed(struct world *w)
{
    static const char *const people[][3] = {
        {"key@quill.example", "The Bridge", "warden"},
        {"wanda@quill.example", "Wanda Warden", "warden"},
        {"sol@quill.example", "Sol Scribe", "scribe"},
        {"rae@quill.example", "Rae Reader", "reader"},
    };
    static const char *const banners[] = {"Night Owls", "Early Larks"};

    for (size_t i = 0; i < COUNT(people); i++) {
        json_t *scribe = json_pack(
            "{s:n, s:s, s:s, s:s, s:s, s:o}", "mark", "letterbox", people[i][0],
            "called", people[i][1], "rank", people[i][2], "standing", "working",
            "sworn_on", world_time_json(world_now(w)));
        enter(w, SCRIBES, scribe);
        json_decref(scribe);
    }
    for (size_t i = 0; i < COUNT(banners); i++) {
        json_t *guild = json_pack("{s:n, s:s}", "mark", "banner", banners[i]);
        enter(w, GUILDS, guild);
        json_decref(guild);
    }
    for (int i = 0; i < 45; i++) {
        json_t *parchment =
            json_pack("{s:n, s:s, s:s}", "mark", "holder", "S-3", "sealed",
                      i % 3 == 0 ? "yes" : "no");
        enter(w, PARCHMENTS, parchment);
        json_decref(parchment);
    }
}

static const struct act acts[] = {{NULL, NULL}};

const struct desk quillbox = {
    .name = "quillbox",
    .knobs = knobs,
    .knob_count = COUNT(knobs),
    .tables = tables,
    .table_count = QUILL_TABLES,
    .routes = routes,
    .route_count = COUNT(routes),
    .acts = acts,
    .admit = admit,
    .refuse = refuse,
    .seed = seed,
};
