/*
 * bridge/entra.h - Entra ID's names of soft-deleted users
 *
 * When a user is deleted softly, Entra ID puts the object's id, 32 hexadecimal
 * digits, before the user principal name, and sends that as userName. The name
 * is kept in the mirror, so that Entra ID finds the user again; upstream the
 * user keeps its name, since the rename would take the person's e-mail address
 * away, and is undone when the user is restored.
 * https://learn.microsoft.com/entra/identity/app-provisioning/how-provisioning-works
 * No longer needed when a soft delete sends `active` false alone.
 */
#ifndef BRIDGE_ENTRA_H
#define BRIDGE_ENTRA_H

#include <jansson.h>

/* The name behind 32 hexadecimal digits; `name` itself when there is none. */
const char *entra_name(const char *name);
/* What of a resource is pushed upstream: a copy in which userName and e-mail
 * addresses have no such prefix. New; NULL: memory ran out. */
json_t *entra_pushed(const json_t *resource);

#endif
