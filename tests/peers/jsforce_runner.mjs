// Drives jsforce as told by a JSON document on standard input, and prints one.
//   {"connection": {...}, "steps": [{"call": "metadata.list", "args": [...], "then": "complete", "with": [...]}]}
// A step names a method of the connection, or of its "sobject"; "then" one of what came back, such as the locator of a deployment.
// An argument {"$base64": "..."} is a Buffer, {"$from": [3, "result.id"]} a part of what step 3 answered.
// Each answer is {"value": ...} or {"error": {"name", "message", "code"}}; steps go on after an error.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const jsforce = createRequire(`${process.env.PEER_PACKAGES}/`)("jsforce");
const { connection, steps } = JSON.parse(await text(process.stdin));
const conn = new jsforce.Connection(connection);
conn.metadata.pollInterval = 20;
let refreshed = 0;
conn.on("refresh", () => {
  refreshed += 1;
});
const answers = [];

const inside = (value, path) => (path ? path.split(".") : []).reduce((found, name) => found?.[name], value);

const argument = (given) => {
  if (given === null || typeof given !== "object") return given;
  if ("$base64" in given) return Buffer.from(given.$base64, "base64");
  if ("$from" in given) return inside(answers[given.$from[0]].value, given.$from[1]);
  if (Array.isArray(given)) return given.map(argument);
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, argument(value)]));
};

const bytes = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("base64");
};

const perform = async (step) => {
  const names = step.call.split(".");
  const method = names.pop();
  const owner = inside(conn, names.join("."));
  const begun = (step.sobject ? conn.sobject(step.sobject) : owner)[method](...argument(step.args ?? []));
  if (!step.then) return await begun;
  const followed = begun[step.then](...argument(step.with ?? []));
  return step.then === "stream" ? bytes(followed) : await followed;
};

for (const step of steps) {
  try {
    answers.push({ value: (await perform(step)) ?? null });
  } catch (error) {
    answers.push({ error: { name: error.name, message: error.message, code: error.errorCode ?? null } });
  }
}
const { accessToken, refreshToken, instanceUrl } = conn;
const told = JSON.stringify({ answers, connection: { accessToken, refreshToken, instanceUrl }, refreshed });
process.stdout.write(told, () => process.exit(0));
