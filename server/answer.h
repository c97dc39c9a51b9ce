/*
 * server/answer.h - the handlers: what each route answers
 *
 * Each sets r->call->reply; those that say so put the request off and have it
 * answered by another thread.
 */
#ifndef SERVER_ANSWER_H
#define SERVER_ANSWER_H

#include "server/request.h"

void answer_health(struct request *r);
void answer_ready(struct request *r);
void answer_discovery(struct request *r);
void answer_not_offered(struct request *r);
/* GET and .search; put off when it takes long. Answers itself. */
void answer_read(struct request *r);
/* The same on the lane's thread, of the request that was put off. */
void answer_read_slowly(void *request);
/* POST, PUT, PATCH, DELETE; put off. */
void answer_write(struct request *r);
/* /admin/api: sets r->target and its index to the target that the token opens:
 * the one named, else the token's own, else the first. False: the answer is
 * set. */
bool answer_pick_target(struct request *r, const char *name, size_t *index);
/* GET and POST of /admin/api/targets/NAME/brake */
void answer_brake(struct request *r);
void answer_brake_decide(struct request *r);
/* GET /admin/api/... */
void answer_admin_list(struct request *r);
/* GET /admin/api/tasks/ID */
void answer_task(struct request *r);
/* POST /admin/api/tasks/ID/done, .../cancel, users/ID/resend; put off. */
void answer_task_say(struct request *r);
/* POST /admin/api/targets/NAME/sync; put off. */
void answer_admin_sync(struct request *r);

#endif
