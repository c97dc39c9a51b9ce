/*
 * test/sim/desk_serve.c - a call to the helpdesk, from arrival to answer
 *
 *   1 find the route, note the call, see whether a fault hits it   locked
 *   2 wait, where a fault or the latency says so
 *   3 credentials, limits, the desk's work                         locked
 *   4 wait once more, spoil the answer, note how it ended
 */
#include "test/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "test/sim/desk.h"
#include "test/sim/server.h"

struct job {
    const struct route *route;
    bool path_known;
    char allow[128];
    int64_t call;
    bool faulty;
    struct fault fault;
    long latency_ms;
};

static bool is_write(const struct request *r)
{
    return strcmp(r->method, "GET") != 0;
}

static void arrive(struct sim *sim, struct request *r, struct job *job)
{
    struct world *w = sim->world;

    (void)pthread_mutex_lock(&w->lock);
    job->route = desk_route(w->desk, r, &job->path_known, job->allow,
                            sizeof(job->allow));
    const char *operation = job->route ? job->route->operation : NULL;
    job->call = calls_begin(&sim->calls, r, operation);
    job->faulty = faults_take(&sim->faults, r, operation, &job->fault);
    job->latency_ms = knob_number(&w->knobs, KNOB_LATENCY_MS);
    (void)pthread_mutex_unlock(&w->lock);
}

/* The body as a JSON object in r->json; false: it is none. */
static bool parse(const struct route *route, struct request *r)
{
    if (!(route->flags & ROUTE_JSON))
        return true;
    r->json = json_loadb(r->body, r->body_len, 0, NULL);
    return json_is_object(r->json);
}

static void run(struct world *w, const struct route *route, struct request *r,
                struct answer *a)
{
    bool lie = knob_lists(&w->knobs, KNOB_NO_EFFECT, route->operation);

    w->undo.keep = lie;
    route->run(w, r, a);
    if (lie)
        undo_run(&w->undo);
}

static void work(struct world *w, const struct job *job, struct request *r,
                 struct answer *a)
{
    const struct desk *desk = w->desk;
    bool open = job->route != NULL && (job->route->flags & ROUTE_OPEN);

    if (!desk->admit(w, r, a, open))
        return;
    if (r->body_len > BODY_MAX) {
        desk->refuse(w, REFUSE_TOO_LARGE, a);
    } else if (job->route == NULL && job->path_known) {
        desk->refuse(w, REFUSE_METHOD, a);
        answer_header(a, "Allow", "%s", job->allow);
    } else if (job->route == NULL) {
        desk->refuse(w, REFUSE_NO_ROUTE, a);
    } else if (!parse(job->route, r)) {
        desk->refuse(w, REFUSE_BAD_JSON, a);
    } else {
        run(w, job->route, r, a);
    }
}

static void work_locked(struct world *w, const struct job *job,
                        struct request *r, struct answer *a)
{
    (void)pthread_mutex_lock(&w->lock);
    work(w, job, r, a);
    if (w->desk->finish)
        w->desk->finish(w, a);
    long every = knob_number(&w->knobs, KNOB_LOST_EVERY);
    if (every > 0 && is_write(r) && a->status < 400 && ++w->writes % every == 0)
        a->delivery = SEND_NOTHING;
    (void)pthread_mutex_unlock(&w->lock);
}

static void finish(struct sim *sim, const struct job *job,
                   const struct answer *a)
{
    bool sent = a->delivery != SEND_NOTHING && a->delivery != SEND_RESET;

    (void)pthread_mutex_lock(&sim->world->lock);
    calls_end(&sim->calls, job->call, sent ? a->status : 0,
              job->faulty ? job->fault.number : 0);
    (void)pthread_mutex_unlock(&sim->world->lock);
}

void sim_desk_serve(void *context, struct request *r, struct answer *a)
{
    struct sim *sim = context;
    struct job job = {0};

    arrive(sim, r, &job);
    (void)pause_for(&sim->pause, job.latency_ms);
    if (job.faulty)
        (void)pause_for(&sim->pause, fault_wait_before(&job.fault));
    if (!job.faulty || job.fault.work)
        work_locked(sim->world, &job, r, a);
    if (job.faulty) {
        (void)pause_for(&sim->pause, fault_wait_after(&job.fault));
        fault_apply(&job.fault, a);
        json_decref(job.fault.say);
    }
    finish(sim, &job, a);
}
