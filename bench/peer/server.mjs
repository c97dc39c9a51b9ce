// bench/peer/server.mjs - a SCIM server of the npm registry on the same data
//
//   node server.mjs PORT USERS    USERS: a file with one user's JSON a line
//
// SCIMMY with its own routers on Express 4. Its handler keeps the users in a map
// by id and an index by userName: the quickest that its interface allows.
import fs from "node:fs";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, file] = process.argv.slice(2);
const byId = new Map();
const byName = new Map();

for (const line of fs.readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    const user = JSON.parse(line);
    byId.set(user.id, user);
    byName.set(user.userName.toLowerCase(), user);
}
const all = [...byId.values()];

// The value of a filter that is nothing but userName eq "...".
function wantedName(filter) {
    if (!filter || filter.length !== 1) return undefined;
    const names = Object.keys(filter[0]);
    if (names.length !== 1 || names[0].toLowerCase() !== "username") return undefined;
    const [op, value] = filter[0][names[0]];
    return op === "eq" ? value.toLowerCase() : undefined;
}

SCIMMY.Resources.declare(SCIMMY.Resources.User).egress((resource) => {
    if (resource.id) {
        const user = byId.get(resource.id);
        if (!user) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
        return user;
    }
    const name = wantedName(resource.filter);
    if (name === undefined) return all;
    return byName.has(name) ? [byName.get(name)] : [];
});

const app = express();
app.disable("x-powered-by");
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    baseUri: () => `http://127.0.0.1:${port}`,
    handler: (request) => {
        if (request.header("Authorization") !== "Bearer " + process.env.PEER_TOKEN)
            throw new Error("The token is not accepted.");
        return "bench";
    },
}));
app.listen(Number(port), "127.0.0.1", () => console.log("ready"));
