/*
 * bridge/sql_values.h - what scim/ binds, as store/ takes it
 *
 * The two rooms do not know each other's structs.
 */
#ifndef BRIDGE_SQL_VALUES_H
#define BRIDGE_SQL_VALUES_H

#include "scim/filter_sql.h"
#include "store/resource.h"

/* Writes the values of `from` to `to`, which has room for them; returns where
 * it ended. Texts stay `from`'s. */
struct store_value *sql_values(const struct scim_sql *from,
                               struct store_value *to);

#endif
