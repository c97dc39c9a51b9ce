/*
 * test/sim/control.c - the control port, by which a test holds the strings
 *
 *   GET    /state             the whole world; ?table=users only that
 *   POST   /reset             the world as at the start; no faults, no calls
 *   POST   /set               {knob: value, ...}
 *   GET    /set               the knobs with what they mean
 *   POST   /human             {"act": NAME, ...}: an act in the web interface
 *   GET    /calls             ?since=NUMBER&operation=&method=
 *   DELETE /calls             forgets them
 *   POST   /fault             adds one (fault.h); answers its id
 *   GET    /fault             all of them, with their hits
 *   DELETE /fault             removes all and frees what hangs
 *   POST   /clock             {"advance_s": N}
 */
#include "test/sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/desk.h"
#include "test/sim/text.h"

enum { WHY = 1024 };

typedef void control_fn(struct sim *sim, struct request *r, struct answer *a);

static void refuse(struct answer *a, int status, const char *why)
{
    answer_json(a, status, json_pack("{s:s}", "error", why));
}

static void get_state(struct sim *sim, struct request *r, struct answer *a)
{
    char *text = world_text(sim->world, request_query(r, "table"));

    answer_text(a, 200, text, strlen(text));
}

static void reset(struct sim *sim, struct request *r, struct answer *a)
{
    (void)r;
    faults_clear(&sim->faults);
    calls_clear(&sim->calls);
    world_seed(sim->world);
    pause_wake(&sim->pause);
    answer_json(a, 200, json_pack("{s:b}", "ok", 1));
}

static bool set_one(struct sim *sim, const char *name, json_t *value,
                    char why[WHY])
{
    char *text =
        json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
    const char *plain = text ? text : json_string_value(value);

    if (json_is_boolean(value))
        plain = json_is_true(value) ? "1" : "0";
    bool ok = knobs_set(&sim->world->knobs, name, plain, why, WHY);
    free(text);
    return ok;
}

static void set_knobs(struct sim *sim, struct request *r, struct answer *a)
{
    const char *name = NULL;
    json_t *value = NULL;
    char why[WHY];

    json_object_foreach (r->json, name, value) {
        if (!set_one(sim, name, value, why)) {
            refuse(a, 400, why);
            return;
        }
    }
    answer_json(a, 200, knobs_json(&sim->world->knobs));
}

static void get_knobs(struct sim *sim, struct request *r, struct answer *a)
{
    const struct knobs *knobs = &sim->world->knobs;
    json_t *all = json_object();

    (void)r;
    for (size_t i = 0; i < knobs->count; i++)
        json_object_set_new(all, knobs->at[i].spec->name,
                            json_pack("{s:s, s:s}", "value", knobs->at[i].text,
                                      "help", knobs->at[i].spec->help));
    answer_json(a, 200, all);
}

static void say_acts(const struct desk *desk, struct answer *a)
{
    struct text names = {0};

    text_add(&names, "A person can do one of:");
    for (size_t i = 0; desk->acts[i].name != NULL; i++)
        text_addf(&names, " %s", desk->acts[i].name);
    refuse(a, 400, names.at);
    text_clear(&names);
}

static void human(struct sim *sim, struct request *r, struct answer *a)
{
    const struct desk *desk = sim->world->desk;
    const char *name = json_string_value(json_object_get(r->json, "act"));
    char why[WHY] = "It cannot be done.";

    for (size_t i = 0; name && desk->acts[i].name; i++) {
        if (strcmp(desk->acts[i].name, name) != 0)
            continue;
        json_t *made = desk->acts[i].run(sim->world, r->json, why, WHY);
        if (made == NULL)
            refuse(a, 409, why);
        else
            answer_json(a, 200, json_pack("{s:b, s:o}", "ok", 1, "data", made));
        return;
    }
    say_acts(desk, a);
}

static void get_calls(struct sim *sim, struct request *r, struct answer *a)
{
    json_t *calls =
        calls_json(&sim->calls, request_number(r, "since", 0, 0),
                   request_query(r, "operation"), request_query(r, "method"));

    answer_json(a, 200,
                json_pack("{s:I, s:o}", "last", (json_int_t)sim->calls.last,
                          "calls", calls));
}

static void drop_calls(struct sim *sim, struct request *r, struct answer *a)
{
    (void)r;
    calls_clear(&sim->calls);
    answer_json(a, 200, json_pack("{s:b}", "ok", 1));
}

static void add_fault(struct sim *sim, struct request *r, struct answer *a)
{
    char why[WHY];
    const struct fault *fault =
        faults_add(&sim->faults, r->json, why, sizeof(why));

    if (fault == NULL)
        refuse(a, 400, why);
    else
        answer_json(a, 200,
                    json_pack("{s:I}", "id", (json_int_t)fault->number));
}

static void get_faults(struct sim *sim, struct request *r, struct answer *a)
{
    (void)r;
    answer_json(a, 200,
                json_pack("{s:o}", "faults", faults_json(&sim->faults)));
}

static void drop_faults(struct sim *sim, struct request *r, struct answer *a)
{
    (void)r;
    faults_clear(&sim->faults);
    pause_wake(&sim->pause);
    answer_json(a, 200, json_pack("{s:b}", "ok", 1));
}

static void move_clock(struct sim *sim, struct request *r, struct answer *a)
{
    const json_t *by = json_object_get(r->json, "advance_s");
    char now[TIME_TEXT];

    if (!json_is_integer(by)) {
        refuse(a, 400, "Say {\"advance_s\": SECONDS}.");
        return;
    }
    sim->world->shift_s += json_integer_value(by);
    answer_json(
        a, 200,
        json_pack("{s:s}", "now", world_time_text(world_now(sim->world), now)));
}

static const struct {
    const char *method, *path;
    control_fn *run;
    bool json;
} controls[] = {
    {"GET", "/state", get_state, false},
    {"POST", "/reset", reset, false},
    {"GET", "/set", get_knobs, false},
    {"POST", "/set", set_knobs, true},
    {"POST", "/human", human, true},
    {"GET", "/calls", get_calls, false},
    {"DELETE", "/calls", drop_calls, false},
    {"POST", "/fault", add_fault, true},
    {"GET", "/fault", get_faults, false},
    {"DELETE", "/fault", drop_faults, false},
    {"POST", "/clock", move_clock, true},
};

void sim_control_serve(void *context, struct request *r, struct answer *a)
{
    struct sim *sim = context;

    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        if (strcmp(controls[i].path, r->path) != 0 ||
            strcmp(controls[i].method, r->method) != 0)
            continue;
        if (controls[i].json) {
            r->json = json_loadb(r->body, r->body_len, 0, NULL);
            if (!json_is_object(r->json)) {
                refuse(a, 400, "The body must be a JSON object.");
                return;
            }
        }
        (void)pthread_mutex_lock(&sim->world->lock);
        controls[i].run(sim, r, a);
        (void)pthread_mutex_unlock(&sim->world->lock);
        return;
    }
    refuse(a, 404,
           "The control port has no such call; see test/sim/control.c.");
}
