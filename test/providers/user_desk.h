/*
 * test/providers/user_desk.h - a desk for the tests of users
 */
#ifndef TEST_PROVIDERS_USER_DESK_H
#define TEST_PROVIDERS_USER_DESK_H

#include "test/providers/play.h"

/* A desk with a state, a scope, a role field and a permission list. */
#define HEAD                                                                   \
    "{'format':'helpdesk-provider/1','name':'desk','auth':{'type':'none'},"    \
    "'errors':[{'status':[404],'as':'not_found'},"                             \
    "{'status':[409],'as':'exists','existing_id':'id'},"                       \
    "{'status':[403],'as':'protected'},"                                       \
    "{'status':[400,422],'as':'invalid','field':'field'}],"                    \
    "'error_detail':'message','rate':{'retry':{'max':0}},"
#define MAP                                                                    \
    "'map':[{'scim':'userName','native':'login','required':true},"             \
    "{'scim':'emails[type eq \\\"work\\\"].value','native':'mail',"            \
    "'primary':true,'max':20},{'scim':'displayName','native':'name'},"         \
    "{'scim':'title','native':'title'},"                                       \
    "{'scim':'entitlements','native':'perms','transform':'string_list',"       \
    "'op':'users.set_permissions'},"                                           \
    "{'scim':'meta.created','native':'made','write':'never',"                  \
    "'transform':'iso8601'}],"
#define STATES                                                                 \
    "'states':[{'when':{'state':'on'},'is':'active'},"                         \
    "{'when':{'state':'new'},'is':'pending'},"                                 \
    "{'when':{'state':'gone'},'is':'deleted'},"                                \
    "{'when':{'state':'off'},'is':'inactive'}],"
#define ROLES                                                                  \
    "'roles':{'op':'users.set_role','values':[{'scim':'admin','set':{'role':"  \
    "'admin'},'elevated':true},{'scim':'agent','set':{'role':'agent'},"        \
    "'default':true},{'scim':'viewer','set':{'role':'viewer'},"                \
    "'invite_as':'agent'}]},"
#define LIFE                                                                   \
    "'lifecycle':{'create':{'mode':'invite','op':'users.invite'},"             \
    "'promote_op':'users.promote',"                                            \
    "'deactivate':{'op':'users.deactivate','pending_op':'users.revoke_invite'" \
    ",'before':['users.away'],'snapshot':['perms']},"                          \
    "'reactivate':{'op':'users.reactivate'}},"
#define OPERATIONS                                                             \
    "'operations':{'probe':{'method':'GET','path':'/me','record':'$',"         \
    "'require':{'role':'admin'}},"                                             \
    "'users.list':{'method':'GET','path':'/users','records':'$'},"             \
    "'users.get':{'method':'GET','path':'/users/{{id}}','record':'$'},"        \
    "'users.find_by_email':{'method':'GET','path':'/users','query':{'mail':"   \
    "'{{email}}'},'records':'$'},"                                             \
    "'users.find_by_user_name':{'method':'GET','path':'/users','query':"       \
    "{'login':'{{user_name}}'},'records':'$'},"                                \
    "'customers.find_by_email':{'method':'GET','path':'/people','query':"      \
    "{'mail':'{{email}}'},'records':'$'},"                                     \
    "'users.invite':{'method':'POST','path':'/users','record':'$','body':"     \
    "{'login':'{{login}}','mail':'{{mail?}}','name':'{{name?}}','role':"       \
    "'{{role}}'}},"                                                            \
    "'users.promote':{'method':'POST','path':'/people/{{id}}/agent','body':"   \
    "{'role':'{{role}}'}},"                                                    \
    "'users.update':{'method':'PATCH','path':'/users/{{id}}','body':"          \
    "'{{changes}}'},"                                                          \
    "'users.set_permissions':{'method':'PUT','path':'/users/{{id}}/perms',"    \
    "'body':'{{perms}}'},"                                                     \
    "'users.set_role':{'method':'PUT','path':'/users/{{id}}/role','body':"     \
    "'{{changes}}','record':'$'},"                                             \
    "'users.away':{'method':'PUT','path':'/users/{{id}}/away'},"               \
    "'users.deactivate':{'method':'POST','path':'/users/{{id}}/off'},"         \
    "'users.revoke_invite':{'method':'DELETE','path':'/users/{{id}}/"          \
    "invitation'},"                                                            \
    "'users.reactivate':{'method':'POST','path':'/users/{{id}}/on'},"          \
    "'users.delete':{'method':'DELETE','path':'/users/{{id}}'}}}"
#define DESK                                                                   \
    HEAD "'user':{'id':'id','exclude_ids':[1],"                                \
         "'in_scope':[{'kind':'staff'}]," MAP STATES ROLES                     \
         "'protect':[{'login':'root'}]}," LIFE OPERATIONS

#define ANN                                                                    \
    "{'id':7,'login':'ann','mail':'ann@x','name':'Ann Ash','kind':'staff',"    \
    "'state':'on','role':'agent','made':'2024-01-01T00:00:00Z'}"
#define ANN_IS(more)                                                           \
    "{'id':7,'login':'ann','mail':'ann@x','name':'Ann Ash','kind':'staff',"    \
    "'made':'2024-01-01T00:00:00Z'," more "}"

#define STEPS(...)                                                             \
    (const struct play_step[])                                                 \
    {                                                                          \
        __VA_ARGS__,                                                           \
        {                                                                      \
            NULL, 0, NULL, NULL                                                \
        }                                                                      \
    }
#define STEP(request, status, answer)                                          \
    {                                                                          \
        request, status, answer, NULL                                          \
    }

static const char ann[] = "{'userName':'ann','displayName':'Ann Ash',"
                          "'emails':[{'type':'work','value':'ann@x'}]}";

#endif
