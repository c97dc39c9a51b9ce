/*
 * bridge/render.h - a row as the text that is sent
 */
#ifndef BRIDGE_RENDER_H
#define BRIDGE_RENDER_H

#include "base/buf.h"
#include "bridge/target.h"
#include "scim/project.h"

/* Appends the representation of a row. Without projection no JSON is parsed.
 * A group's members are read through db. False: memory or the database. */
bool render_row(const struct bridge_target *t, struct store_db *db,
                const struct store_resource *row,
                const struct scim_projection *p, struct buf *out);
/* A store_render (store/shown.h): what render_row makes of a user without
 * projection. `ctx` is the struct bridge. RENDER_FORM names how it looks: raise
 * it with every change. */
bool render_shown(const struct store_resource *row, void *ctx, struct buf *text,
                  size_t *seen_at);
#define RENDER_FORM "1"
/* W/"7" and the absolute URL of a row; new texts, NULL: memory ran out. */
char *render_etag(const struct store_resource *row);
char *render_location(const struct bridge_target *t,
                      const struct store_resource *row);
/* Weak comparison of an If-Match or If-None-Match header with a row's tag:
 * a list of tags, or `*` (RFC 9110 section 13; RFC 7644 section 3.14). */
bool render_tag_matches(const char *header, const struct store_resource *row);

/* A reply with an error's body and headers; *out is overwritten. */
void render_error(const struct scim_error *err, struct bridge_reply *out);
/* A reply with a row's representation, Location and ETag, projected as the
 * request asks (its attributes and excluded). */
void render_reply(const struct bridge_target *t, struct store_db *db,
                  const struct bridge_request *q, int status,
                  const struct store_resource *row, struct bridge_reply *out);

#endif
