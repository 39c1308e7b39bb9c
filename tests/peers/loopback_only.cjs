// Loaded into every Node process of these tests, so that no tool of others leaves the machine: sf asks
// login.salesforce.com and test.salesforce.com when a login by JWT fails. Only names are refused, nothing is answered.
"use strict";
const dns = require("node:dns");

const isLoopback = (name) => name === "localhost" || name === "::1" || /^127\./.test(name);
const refusal = (name) => Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND", hostname: name });

const lookupPromise = dns.promises.lookup;
dns.promises.lookup = async (name, options) => {
  if (isLoopback(name)) return lookupPromise(name, options);
  throw refusal(name);
};
const lookup = dns.lookup;
dns.lookup = (name, options, callback) => {
  if (isLoopback(name)) lookup(name, options, callback);
  else process.nextTick(callback ?? options, refusal(name));
};
// what util.promisify makes of it answers with an object
Object.defineProperty(dns.lookup, Symbol.for("nodejs.util.promisify.custom"), { value: dns.promises.lookup });
for (const asks of ["resolve", "resolve4", "resolve6", "resolveCname"]) {
  dns[asks] = (name, ...rest) => process.nextTick(rest.at(-1), refusal(name));
  dns.promises[asks] = async (name) => {
    throw refusal(name);
  };
}
