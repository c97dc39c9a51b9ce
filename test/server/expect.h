/*
 * test/server/expect.h - what every answer of the server must have
 *
 * Each fails the test, with `why` in its words.
 */
#ifndef TEST_SERVER_EXPECT_H
#define TEST_SERVER_EXPECT_H

#include "test/server/client.h"
#include "test/server/fixture.h"

/* The answer is a SCIM error of that status, with a request id. */
void expect_error(const char *why, const struct answer *a, int status);
/* What was logged since the last look holds `part`. */
void expect_log(struct fixture *f, const char *why, const char *part);
/* A good request is answered 200. */
void expect_works(struct fixture *f, const char *why);

#endif
