/*
 * test/sim/fault.h - what goes wrong on purpose, and when
 *
 * A fault waits for calls that match it (every member of `match` that is given
 * must hold), lets `after` of them pass, and then spoils `count` of them (1;
 * 0: all). The kinds, and whether the work is done first:
 *
 *   status        no   `status`, `body` (JSON or text), `headers` {name: text}
 *   delay         yes  waits `delay_ms` before the work
 *   delay_after   yes  waits `delay_ms` after the work
 *   hang          no   nothing for `delay_ms` (default 10 minutes), then closed
 *   drop_before   no   the connection is closed without an answer
 *   drop_after    yes  the same, but the work is done
 *   reset_before  no   as drop_before, with a TCP reset
 *   reset_after   yes  as drop_after, with a TCP reset
 *   truncate      yes  only `bytes` of the body (default: half), then closed
 *   html          no   an HTML page (`status`, default 502)
 *   garbage       yes  invalid JSON
 *   huge          yes  `bytes` (default 64 MiB) of valid JSON
 *   endless       yes  a body that never ends
 *   redirect      no   `status` (302) to `location`
 *   wrong_type    yes  every member of the body has another JSON type
 *   content_type  yes  the right body, said to be `type` (text/plain)
 *   slow          yes  `bytes` (1) of the body every `delay_ms` (50)
 *   raw           no   `body`, byte for byte, in place of an HTTP answer
 *
 * `work` (true, false) overrides the column. Used with the world's lock held.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "test/sim/message.h"

enum fault_kind {
    FAULT_STATUS,
    FAULT_DELAY,
    FAULT_DELAY_AFTER,
    FAULT_HANG,
    FAULT_DROP_BEFORE,
    FAULT_DROP_AFTER,
    FAULT_RESET_BEFORE,
    FAULT_RESET_AFTER,
    FAULT_TRUNCATE,
    FAULT_HTML,
    FAULT_GARBAGE,
    FAULT_HUGE,
    FAULT_ENDLESS,
    FAULT_REDIRECT,
    FAULT_WRONG_TYPE,
    FAULT_CONTENT_TYPE,
    FAULT_SLOW,
    FAULT_RAW,
    FAULT_KINDS,
};

struct fault {
    struct fault *next;
    long number;
    enum fault_kind kind;
    bool work;   /* the desk does its work */
    json_t *say; /* owned; the fault as it was asked for */
    long after, count, hits;
};

struct faults {
    struct fault *first;
    long last_number;
};

/*
 * Adds the fault that `say` (borrowed) describes. NULL: it makes no sense, and
 * `why` says what is allowed.
 */
const struct fault *faults_add(struct faults *f, const json_t *say, char *why,
                               size_t size);
void faults_clear(struct faults *f);

/* All faults with their hits, a new reference. */
json_t *faults_json(const struct faults *f);

/*
 * The fault that hits this call, counted; `say` in the copy is a new reference
 * that the caller drops with json_decref(). False: none.
 */
bool faults_take(struct faults *f, const struct request *r,
                 const char *operation, struct fault *hit);

/* How long to wait before the work (or instead of it), in milliseconds. */
long fault_wait_before(const struct fault *hit);
long fault_wait_after(const struct fault *hit);

/* Spoils the answer. Without work, `a` is empty and is filled here. */
void fault_apply(const struct fault *hit, struct answer *a);

#endif
