#include "providers/hooks.h"

#include <string.h>

static const struct {
    const char *name;
    hook_fn *run;
} hooks[] = {
    {"helpscout_leave_rotation", helpscout_leave_rotation},
    {"kustomer_move", kustomer_move},
    {NULL, NULL}, /* ends the table */
};

hook_fn *hook_find(const char *name)
{
    for (size_t i = 0; hooks[i].name != NULL; i++)
        if (strcmp(hooks[i].name, name) == 0)
            return hooks[i].run;
    return NULL;
}
