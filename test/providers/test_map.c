/* Promises: what a helpdesk says becomes SCIM and back without loss, and only
 * what changed is sent, as the helpdesk takes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/map.h"
#include "providers/select.h"
#include "test/providers/play.h"

#define EXT "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"
#define ENT "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

/* A map of the rows given; the JSON stays until map_close. */
struct one {
    json_t *block;
    struct map map;
};

static struct one open_rows(const char *rows)
{
    struct one m;
    char *text = NULL;
    struct error err = {""};
    if (asprintf(&text, "{'map': %s}", rows) < 0)
        abort();
    m.block = play_json(text);
    free(text);
    if (!map_compile(&m.map, m.block, false, &err))
        fail_msg("%s in %s", err.text, rows);
    return m;
}

static void close_rows(struct one *m)
{
    map_clear(&m->map);
    json_decref(m->block);
}

/* ---- reading ------------------------------------------------------------- */

static const struct {
    const char *why, *rows, *record, *want;
} readings[] = {
    {"a plain text", "[{'scim':'userName','native':'n'}]", "{'n':'ann'}",
     "{'userName':'ann'}"},
    {"nothing is no value", "[{'scim':'userName','native':'n'}]", "{'n':''}",
     "{}"},
    {"null is no value", "[{'scim':'userName','native':'n'}]", "{'n':null}",
     "{}"},
    {"a number for a text", "[{'scim':'userName','native':'n'}]", "{'n':7}",
     "{'userName':'7'}"},
    {"an object for a text", "[{'scim':'userName','native':'n'}]",
     "{'n':{'x':1}}", "{}"},
    {"lower case", "[{'scim':'userName','native':'n','transform':'lower'}]",
     "{'n':'Ann@X.example'}", "{'userName':'ann@x.example'}"},
    {"an element of a list",
     "[{'scim':'emails[type eq \\\"work\\\"].value','native':'m',"
     "'primary':true}]",
     "{'m':'a@x'}",
     "{'emails':[{'type':'work','value':'a@x','primary':true}]}"},
    {"two rows in one element",
     "[{'scim':'addresses[type eq \\\"work\\\"].locality','native':'c'},"
     "{'scim':'addresses[type eq \\\"work\\\"].country','native':'d'}]",
     "{'c':'Ulm','d':'DE'}",
     "{'addresses':[{'type':'work','locality':'Ulm','country':'DE'}]}"},
    {"two elements",
     "[{'scim':'phoneNumbers[type eq \\\"work\\\"].value','native':'w'},"
     "{'scim':'phoneNumbers[type eq \\\"home\\\"].value','native':'h'}]",
     "{'w':'1','h':'2'}",
     "{'phoneNumbers':[{'type':'work','value':'1'},"
     "{'type':'home','value':'2'}]}"},
    {"the enterprise user",
     "[{'scim':'$enterprise.manager.value','native':'boss'}]", "{'boss':'9'}",
     "{'" ENT "':{'manager':{'value':'9'}}}"},
    {"an extra attribute",
     "[{'scim':'$ext.desk.seat','native':'s','type':'boolean'},"
     "{'scim':'$ext.desk.level','native':'l','type':'integer'}]",
     "{'s':'1','l':'3'}", "{'" EXT "':{'desk':{'seat':true,'level':3}}}"},
    {"the opposite",
     "[{'scim':'$ext.desk.seat','native':'s','transform':'not'}]", "{'s':0}",
     "{'" EXT "':{'desk':{'seat':true}}}"},
    {"times become RFC 3339",
     "[{'scim':'meta.created','native':'a','transform':'iso8601'},"
     "{'scim':'meta.lastModified','native':'b','transform':'epoch_s'},"
     "{'scim':'$ext.desk.c','native':'c','transform':'epoch_ms'}]",
     "{'a':'2024-05-13T06:42:34+02:00','b':1715575354,'c':'1715575354000'}",
     "{'meta':{'created':'2024-05-13T04:42:34.000Z',"
     "'lastModified':'2024-05-13T04:42:34.000Z'},"
     "'" EXT "':{'desk':{'c':'2024-05-13T04:42:34.000Z'}}}"},
    {"a time that is none",
     "[{'scim':'meta.created','native':'a','transform':'iso8601'},"
     "{'scim':'meta.lastModified','native':'b','transform':'epoch_s'}]",
     "{'a':'never','b':0}", "{}"},
    {"a list of texts",
     "[{'scim':'entitlements','native':'p','transform':'string_list'},"
     "{'scim':'$ext.desk.tags','native':'t','transform':'string_list'}]",
     "{'p':['a',7],'t':['x']}",
     "{'entitlements':[{'value':'a'},{'value':'7'}],"
     "'" EXT "':{'desk':{'tags':['x']}}}"},
    {"a list within objects",
     "[{'scim':'entitlements','native':'p[*].k','transform':'string_list'}]",
     "{'p':[{'k':'a'},{'k':'b'}]}",
     "{'entitlements':[{'value':'a'},{'value':'b'}]}"},
    {"the parts of one name",
     "[{'scim':'name.givenName','native':'n','part':'given'},"
     "{'scim':'name.familyName','native':'n','part':'family'}]",
     "{'n':'Ana Maria Lee'}",
     "{'name':{'givenName':'Ana','familyName':'Maria Lee'}}"},
    {"one word has no family name",
     "[{'scim':'name.givenName','native':'n','part':'given'},"
     "{'scim':'name.familyName','native':'n','part':'family'}]",
     "{'n':'Cher'}", "{'name':{'givenName':'Cher'}}"},
    {"joined, but for what is empty",
     "[{'scim':'displayName','native':['a','b','c'],'join':' '}]",
     "{'a':'Ann','b':'','c':'Lee'}", "{'displayName':'Ann Lee'}"},
    {"what is never read", "[{'scim':'password','native':'p','read':'never'}]",
     "{'p':'x'}", "{}"},
    {"below a path", "[{'scim':'userName','native':'a.b[0].c'}]",
     "{'a':{'b':[{'c':'ann'}]}}", "{'userName':'ann'}"},
};

static void a_record_becomes_scim(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        struct one m = open_rows(readings[i].rows);
        json_t *record = play_json(readings[i].record);
        json_t *told = map_read(&m.map, record, true, NULL);
        json_t *want = play_json(readings[i].want);
        char *got = json_dumps(told, JSON_COMPACT);
        if (!json_equal(told, want))
            fail_msg("%s: got %s, want %s", readings[i].why, got,
                     readings[i].want);
        free(got);
        json_decref(want);
        json_decref(told);
        json_decref(record);
        close_rows(&m);
    }
}

static void absent_fields_of_a_row_are_unknown(void **state)
{
    (void)state;
    struct one m = open_rows(
        "[{'scim':'userName','native':'n'},{'scim':'title','native':'t'},"
        "{'scim':'nickName','native':'k'},"
        "{'scim':'$ext.desk.x','native':'x'},"
        "{'scim':'displayName','native':['n','z'],'join':' '}]");
    json_t *record = play_json("{'n':'ann','k':null}"), *unknown = NULL;
    json_t *told = map_read(&m.map, record, false, &unknown);
    play_same(told, "{'userName':'ann'}");
    play_same(unknown, "['title','" EXT ":desk.x','displayName']");
    json_decref(unknown);
    json_decref(told);
    told = map_read(&m.map, record, true, &unknown);
    play_same(unknown, "[]");
    json_decref(unknown);
    json_decref(told);
    json_decref(record);
    close_rows(&m);
}

/* ---- there and back ------------------------------------------------------ */

/* Values of every shape that a field may have. */
static const char *const samples[] = {
    "'plain'",
    "'Two Words'",
    "'three plain words'",
    "'Mixed@Case.Example'",
    "'\xc3\xa4\xc3\xb6\xc3\xbc \xe6\x97\xa5\xe6\x9c\xac'",
    "'2024-05-13T04:42:34.000Z'",
    "1715575354",
    "1715575354000",
    "true",
    "false",
    "0",
    "['a','b']",
    "'with \\\"quotes\\\" and \\\\ bars'",
};

/* C4.4: for every row that is always written, native -> SCIM -> native gives
 * the same value, where the row can hold it at all. */
static void each_written_value_survives_the_round(const char *path,
                                                  const char *block_name,
                                                  size_t *rounds)
{
    struct map m;
    struct error err;
    json_t *profile = json_load_file(path, 0, NULL);
    json_t *block = json_object_get(profile, block_name);
    bool group = strcmp(block_name, "group") == 0;
    if (!map_compile(&m, block, group, &err))
        fail_msg("%s: %s", path, err.text);
    for (size_t i = 0; i < m.count; i++)
        for (size_t s = 0; s < sizeof samples / sizeof *samples; s++) {
            const struct map_row *row = &m.rows[i];
            json_t *native = play_json(samples[s]);
            json_t *scim = map_to_scim(row, native);
            json_t *record = json_object(), *told, *back;
            select_put(record, row->native, json_incref(native));
            told = map_read(&m, record, true, NULL);
            back = map_value(&m, row, told);
            struct map_change change = {row, back};
            if (row->write == MAP_ALWAYS && scim != NULL) {
                if (!map_holds(&change, record))
                    fail_msg("%s: %s does not survive %s", path, samples[s],
                             row->path);
                (*rounds)++;
            }
            json_decref(native);
            json_decref(scim);
            json_decref(record);
            json_decref(told);
            json_decref(back);
        }
    map_clear(&m);
    json_decref(profile);
}

static void native_to_scim_and_back_is_the_same(void **state)
{
    (void)state;
    size_t rounds = 0;
    each_written_value_survives_the_round("providers/refdesk.json", "user",
                                          &rounds);
    each_written_value_survives_the_round("providers/refdesk.json", "group",
                                          &rounds);
    each_written_value_survives_the_round("providers/request-tracker.json",
                                          "user", &rounds);
    each_written_value_survives_the_round("providers/request-tracker.json",
                                          "group", &rounds);
    assert_true(rounds > 200);
}

/* ---- changes ------------------------------------------------------------- */

#define NAME_ROWS                                                              \
    "{'scim':'displayName','native':'n'},"                                     \
    "{'scim':'name.givenName','native':'n','part':'given'},"                   \
    "{'scim':'name.familyName','native':'n','part':'family'}"

static const struct {
    const char *why, *rows, *before, *after, *want;
} changes[] = {
    {"nothing changed", "[{'scim':'userName','native':'u'}]",
     "{'userName':'a'}", "{'userName':'a'}", "{}"},
    {"one value changed",
     "[{'scim':'userName','native':'u'},{'scim':'title','native':'t'}]",
     "{'userName':'a','title':'x'}", "{'userName':'a','title':'y'}",
     "{'t':'y'}"},
    {"case does not count after lower",
     "[{'scim':'userName','native':'u','transform':'lower'}]",
     "{'userName':'a'}", "{'userName':'A'}", "{}"},
    {"a value that is gone is cleared", "[{'scim':'title','native':'t'}]",
     "{'title':'x'}", "{}", "{'t':null}"},
    {"a list that is gone is empty",
     "[{'scim':'entitlements','native':'p','transform':'string_list'}]",
     "{'entitlements':[{'value':'x'}]}", "{}", "{'p':[]}"},
    {"a password is not cleared, only not said",
     "[{'scim':'password','native':'p','read':'never'}]", "{'password':'x'}",
     "{}", "{}"},
    {"a new password", "[{'scim':'password','native':'p','read':'never'}]",
     "{}", "{'password':'x'}", "{'p':'x'}"},
    {"what is written at create only is a change all the same",
     "[{'scim':'title','native':'t','write':'create'}]", "{'title':'x'}",
     "{'title':'y'}", "{'t':'y'}"},
    {"what is never written", "[{'scim':'title','native':'t','write':'never'}]",
     "{'title':'x'}", "{'title':'y'}", "{}"},
    {"another name on write",
     "[{'scim':'title','native':'c.t','write_to':'job'}]", "{}",
     "{'title':'y'}", "{'job':'y'}"},
    {"the first row that changed decides", "[" NAME_ROWS "]",
     "{'displayName':'A B','name':{'givenName':'A','familyName':'B'}}",
     "{'displayName':'X Y','name':{'givenName':'A','familyName':'B'}}",
     "{'n':'X Y'}"},
    {"a part that changed is joined", "[" NAME_ROWS "]",
     "{'displayName':'A B','name':{'givenName':'A','familyName':'B'}}",
     "{'displayName':'A B','name':{'givenName':'Q','familyName':'B'}}",
     "{'n':'Q B'}"},
    {"names fill one another", "[" NAME_ROWS "]", "{}",
     "{'name':{'givenName':'A','familyName':'B'}}", "{'n':'A B'}"},
    {"a display name fills the parts",
     "[{'scim':'name.givenName','native':'f'},"
     "{'scim':'name.familyName','native':'l'}]",
     "{}", "{'displayName':'Ana Maria Lee'}", "{'f':'Ana','l':'Maria Lee'}"},
    {"a family name tells where the display name splits",
     "[{'scim':'name.givenName','native':'f'},"
     "{'scim':'name.familyName','native':'l'}]",
     "{}", "{'displayName':'Ana Maria Lee','name':{'familyName':'Lee'}}",
     "{'f':'Ana Maria','l':'Lee'}"},
    {"the primary address where none is work",
     "[{'scim':'emails[type eq \\\"work\\\"].value','native':'m',"
     "'primary':true}]",
     "{}",
     "{'emails':[{'value':'h@x','type':'home'},"
     "{'value':'p@x','type':'other','primary':true}]}",
     "{'m':'p@x'}"},
    {"an address without a type",
     "[{'scim':'emails[type eq \\\"work\\\"].value','native':'m',"
     "'primary':true}]",
     "{}", "{'emails':[{'value':'h@x'}]}", "{'m':'h@x'}"},
    {"without primary only the type counts",
     "[{'scim':'phoneNumbers[type eq \\\"work\\\"].value','native':'m'}]", "{}",
     "{'phoneNumbers':[{'value':'1','primary':true}]}", "{}"},
    {"what cannot be cleared stays",
     "[{'scim':'title','native':'t','clearable':false}]", "{'title':'x'}", "{}",
     "{}"},
    {"the parts of a name say more than what is displayed",
     "[{'scim':'name.formatted','native':'n'}]", "{'displayName':'A'}",
     "{'displayName':'A','name':{'givenName':'A','familyName':'L'}}",
     "{'n':'A L'}"},
    {"a default is for a create",
     "[{'scim':'title','native':'t','default':'agent'}]", "{}", "{}", "{}"},
};

static void only_what_changed_is_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct one m = open_rows(changes[i].rows);
        json_t *before = play_json(changes[i].before);
        json_t *after = play_json(changes[i].after), *got = json_object();
        struct map_changes diff;
        assert_true(map_diff(&m.map, before, after, &diff));
        for (size_t j = 0; j < diff.count; j++)
            json_object_set(got, diff.list[j].row->name, diff.list[j].value);
        json_t *want = play_json(changes[i].want);
        char *text = json_dumps(got, JSON_COMPACT);
        if (!json_equal(got, want) || json_object_size(want) != diff.count)
            fail_msg("%s: got %s, want %s", changes[i].why, text,
                     changes[i].want);
        free(text);
        map_changes_clear(&diff);
        json_decref(before);
        json_decref(after);
        json_decref(got);
        json_decref(want);
        close_rows(&m);
    }
}

static void a_create_sends_defaults(void **state)
{
    (void)state;
    struct one m =
        open_rows("[{'scim':'title','native':'t','default':'agent'},"
                  "{'scim':'locale','native':'l','default':'en',"
                  "'write':'create'},"
                  "{'scim':'userName','native':'u','write':'never'}]");
    json_t *user = play_json("{'userName':'a','locale':'de'}");
    json_t *names = map_names(&m.map, user, true);
    struct map_changes diff;
    play_same(names, "{'t':'agent','l':'de','u':'a'}");
    assert_true(map_diff(&m.map, NULL, user, &diff));
    assert_int_equal(diff.count, 2);
    map_changes_clear(&diff);
    json_decref(names);
    json_decref(user);
    close_rows(&m);
}

static void what_the_helpdesk_will_say_is_foretold(void **state)
{
    (void)state;
    struct one m = open_rows(
        "[{'scim':'userName','native':'mail','transform':'lower'},"
        "{'scim':'emails[type eq \\\"work\\\"].value','native':'mail',"
        "'write':'never','primary':true}," NAME_ROWS ","
        "{'scim':'name.formatted','native':'n','write':'never'},"
        "{'scim':'password','native':'p','read':'never'}]");
    json_t *user = play_json("{'userName':'Ann@X','password':'x',"
                             "'name':{'givenName':'Ana Maria',"
                             "'familyName':'Lee'},'nickName':'a'}");
    json_t *told = map_expected(&m.map, user);
    play_same(told, "{'userName':'ann@x','emails':[{'type':'work',"
                    "'value':'ann@x','primary':true}],"
                    "'displayName':'Ana Maria Lee','name':{"
                    "'formatted':'Ana Maria Lee','givenName':'Ana',"
                    "'familyName':'Maria Lee'}}");
    json_decref(told);
    json_decref(user);
    close_rows(&m);
}

/* ---- comparing ----------------------------------------------------------- */

static const struct {
    const char *why, *row, *sent, *record;
    bool holds;
} holdings[] = {
    {"the same", "{'scim':'title','native':'t'}", "'x'", "{'t':'x'}", true},
    {"another", "{'scim':'title','native':'t'}", "'x'", "{'t':'y'}", false},
    {"cut", "{'scim':'title','native':'t'}", "'abcdef'", "{'t':'abc'}", false},
    {"nothing, said in three ways", "{'scim':'title','native':'t'}", "''",
     "{'t':null}", true},
    {"nothing that is not there", "{'scim':'title','native':'t'}", "null", "{}",
     true},
    {"nothing where something is", "{'scim':'title','native':'t'}", "null",
     "{'t':'x'}", false},
    {"a number and its text", "{'scim':'title','native':'t'}", "7", "{'t':'7'}",
     true},
    {"times by what they mean",
     "{'scim':'title','native':'t','transform':'iso8601'}",
     "'2024-05-13T04:42:34.000Z'", "{'t':'2024-05-13T06:42:34+02:00'}", true},
    {"lists are sets",
     "{'scim':'entitlements','native':'t','transform':'string_list'}",
     "['a','b']", "{'t':['b','a']}", true},
    {"a list that lost one",
     "{'scim':'entitlements','native':'t','transform':'string_list'}",
     "['a','b']", "{'t':['b']}", false},
    {"a list that got one more",
     "{'scim':'entitlements','native':'t','transform':'string_list'}", "['a']",
     "{'t':['b','a']}", false},
    {"no one can see a password",
     "{'scim':'password','native':'t','read':'never'}", "'x'", "{}", true},
    {"case, where it is folded",
     "{'scim':'userName','native':'t','transform':'lower'}", "'a@x'",
     "{'t':'A@X'}", true},
    {"case, where it is not", "{'scim':'userName','native':'t'}", "'a@x'",
     "{'t':'A@X'}", false},
};

static void a_record_holds_what_was_sent_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof holdings / sizeof *holdings; i++) {
        char rows[256];
        (void)snprintf(rows, sizeof rows, "[%s]", holdings[i].row);
        struct one m = open_rows(rows);
        json_t *record = play_json(holdings[i].record);
        struct map_change change = {&m.map.rows[0],
                                    play_json(holdings[i].sent)};
        if (map_holds(&change, record) != holdings[i].holds)
            fail_msg("%s", holdings[i].why);
        json_decref(change.value);
        json_decref(record);
        close_rows(&m);
    }
}

/* ---- checking ------------------------------------------------------------ */

static const struct {
    const char *why, *row, *user, *role, *field;
} checks[] = {
    {"fits", "{'scim':'title','native':'t','max':3}", "{'title':'abc'}", NULL,
     NULL},
    {"too long", "{'scim':'title','native':'t','max':3}", "{'title':'abcd'}",
     NULL, "title"},
    {"characters are counted, not bytes",
     "{'scim':'title','native':'t','max':3}",
     "{'title':'\xc3\xa4\xc3\xb6\xc3\xbc'}", NULL, NULL},
    {"missing", "{'scim':'title','native':'t','required':true}", "{}", NULL,
     "title"},
    {"empty is missing", "{'scim':'title','native':'t','required':true}",
     "{'title':''}", NULL, "title"},
    {"filled from the other names is not missing",
     "{'scim':'name.familyName','native':'t','required':true}",
     "{'displayName':'Ann Lee'}", NULL, NULL},
    {"the whole value must match",
     "{'scim':'title','native':'t','pattern':'[a-z]+'}", "{'title':'ab1'}",
     NULL, "title"},
    {"an alternative stays whole",
     "{'scim':'title','native':'t','pattern':'a|b'}", "{'title':'ab'}", NULL,
     "title"},
    {"matches", "{'scim':'title','native':'t','pattern':'[a-z]+'}",
     "{'title':'ab'}", NULL, NULL},
    {"an allowed value", "{'scim':'title','native':'t','values':['a',7]}",
     "{'title':'7'}", NULL, NULL},
    {"another value", "{'scim':'title','native':'t','values':['a',7]}",
     "{'title':'b'}", NULL, "title"},
    {"one of a list is not allowed",
     "{'scim':'entitlements','native':'t','transform':'string_list',"
     "'values':['a']}",
     "{'entitlements':[{'value':'a'},{'value':'b'}]}", NULL, "entitlements"},
    {"for another role",
     "{'scim':'title','native':'t','only_for_roles':['agent']}",
     "{'title':'b'}", "viewer", "title"},
    {"for this role",
     "{'scim':'title','native':'t','only_for_roles':['agent']}",
     "{'title':'b'}", "agent", NULL},
    {"for no role that is known",
     "{'scim':'title','native':'t','only_for_roles':['agent']}",
     "{'title':'b'}", NULL, NULL},
    {"what is never written is not measured",
     "{'scim':'title','native':'t','max':1,'write':'never'}",
     "{'title':'abcd'}", NULL, NULL},
    {"the field has its SCIM path",
     "{'scim':'emails[type eq \\\"work\\\"].value','native':'t','max':1}",
     "{'emails':[{'type':'work','value':'ab'}]}", NULL,
     "emails[type eq \"work\"].value"},
};

static void values_are_checked_before_any_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        char rows[256];
        struct up_error err = {0};
        (void)snprintf(rows, sizeof rows, "[%s]", checks[i].row);
        struct one m = open_rows(rows);
        json_t *user = play_json(checks[i].user);
        enum up_rc rc = map_check(&m.map, user, checks[i].role, &err);
        if ((rc == UP_OK) != (checks[i].field == NULL) ||
            (rc != UP_OK && strcmp(err.field, checks[i].field) != 0))
            fail_msg("%s: rc %d, field %s", checks[i].why, (int)rc, err.field);
        if (rc != UP_OK && err.detail[0] == '\0')
            fail_msg("%s: no sentence", checks[i].why);
        json_decref(user);
        close_rows(&m);
    }
}

static void an_error_is_named_as_scim_names_it(void **state)
{
    (void)state;
    struct one m = open_rows("[{'scim':'userName','native':'contact.email',"
                             "'write_to':'email'},"
                             "{'scim':'title','native':'contact.job'}]");
    static const struct {
        const char *native, *scim;
    } cases[] = {{"email", "userName"},
                 {"email[0]", "userName"},
                 {"contact.email", "userName"},
                 {"/data/email", "userName"},
                 {"contact.job", "title"},
                 {"emails", NULL},
                 {"phone", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = map_scim_name(&m.map, cases[i].native);
        if ((got == NULL) != (cases[i].scim == NULL) ||
            (got != NULL && strcmp(got, cases[i].scim) != 0))
            fail_msg("%s: %s", cases[i].native, got == NULL ? "none" : got);
    }
    close_rows(&m);
}

/* ---- words --------------------------------------------------------------- */

static const struct {
    const char *why, *user, *want;
} words[] = {
    {"all there are",
     "{'userName':'ann','externalId':'e','displayName':'Ann Lee',"
     "'emails':[{'type':'home','value':'h@x'},{'type':'work',"
     "'value':'w@x'}]}",
     "{'user_name':'ann','external_id':'e','name':'Ann Lee','given':'Ann',"
     "'family':'Lee','email':'w@x','role':'agent'}"},
    {"the primary address",
     "{'userName':'ann','emails':[{'type':'work','value':'w@x'},"
     "{'type':'home','value':'h@x','primary':true}]}",
     "{'user_name':'ann','email':'h@x','role':'agent'}"},
    {"a user name that is an address", "{'userName':'ann@x'}",
     "{'user_name':'ann@x','email':'ann@x','role':'agent'}"},
    {"a user name that is none", "{'userName':'ann'}",
     "{'user_name':'ann','role':'agent'}"},
};

static void words_come_from_the_user(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        json_t *user = play_json(words[i].user);
        json_t *got = map_user_words(user, "agent");
        json_t *want = play_json(words[i].want);
        char *text = json_dumps(got, JSON_COMPACT);
        if (!json_equal(got, want))
            fail_msg("%s: got %s", words[i].why, text);
        free(text);
        json_decref(user);
        json_decref(got);
        json_decref(want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_becomes_scim),
        cmocka_unit_test(absent_fields_of_a_row_are_unknown),
        cmocka_unit_test(native_to_scim_and_back_is_the_same),
        cmocka_unit_test(only_what_changed_is_sent),
        cmocka_unit_test(a_create_sends_defaults),
        cmocka_unit_test(what_the_helpdesk_will_say_is_foretold),
        cmocka_unit_test(a_record_holds_what_was_sent_or_not),
        cmocka_unit_test(values_are_checked_before_any_call),
        cmocka_unit_test(an_error_is_named_as_scim_names_it),
        cmocka_unit_test(words_come_from_the_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
