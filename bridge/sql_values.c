#include "bridge/sql_values.h"

struct store_value *sql_values(const struct scim_sql *from,
                               struct store_value *to)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct scim_sql_value *v = &from->values[i];
        *to++ = (struct store_value){
            .kind = v->kind == SCIM_BIND_TEXT     ? STORE_TEXT
                    : v->kind == SCIM_BIND_NUMBER ? STORE_NUMBER
                                                  : STORE_INTEGER,
            .text = v->text,
            .number = v->number,
            .integer = v->integer,
        };
    }
    return to;
}
