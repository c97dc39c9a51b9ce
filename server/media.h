/*
 * server/media.h - which JSON goes in, and which comes out
 *
 * RFC 7644 section 3.8. Pure.
 */
#ifndef SERVER_MEDIA_H
#define SERVER_MEDIA_H

#include <stdbool.h>

/* True when a body of this Content-Type (NULL: none given) is read: SCIM's own
 * type, plain JSON, or none. */
bool media_is_json(const char *content_type);
/* True when `accept` (NULL: none given) asks for application/json and admits
 * application/scim+json in no way. In every other case the answer is SCIM's
 * own type, even where it is not admitted: some clients send odd values. */
bool media_wants_plain(const char *accept);

#endif
