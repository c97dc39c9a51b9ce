/*
 * bridge/group_delta.h - a PATCH that says who joins and who leaves
 *
 * What such a PATCH does to a group depends on the members alone that it names:
 * so the others, of whom there may be very many, need not be read.
 */
#ifndef BRIDGE_GROUP_DELTA_H
#define BRIDGE_GROUP_DELTA_H

#include <jansson.h>

/*
 * The ids that a PatchOp body names, as keys of a new object, when all of it is
 * add members, remove members with a value, or remove members[value eq "..."].
 * NULL: it says more than that, or says it in another way (or memory ran out):
 * then all members count.
 */
json_t *group_delta_ids(const json_t *body);

#endif
