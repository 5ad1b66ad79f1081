// masto.js, as Elk and Phanpy use it: one WebSocket for all streams, paginators, errors.
// Arguments: the address of the server, and the tokens of Ada and Bob.
import "./older.mjs";
import assert from "node:assert/strict";
import { createRestAPIClient, createStreamingAPIClient, MastoHttpError } from "masto";
import { WebSocket } from "ws";

const [url, adasToken, bobsToken] = process.argv.slice(2);
const ada = createRestAPIClient({ url, accessToken: adasToken });
const bob = createRestAPIClient({ url, accessToken: bobsToken });

let opened = 0;
class Counted extends WebSocket {
  constructor(...args) {
    super(...args);
    opened += 1;
  }
}

// The next event of a kind that fits, from whatever else is heard.
async function hear(stream, event, fits) {
  for await (const heard of stream) {
    if (heard.event === event && fits(heard.payload)) return heard;
  }
  throw new Error(`the stream ended before ${event}`);
}

const instance = await bob.v2.instance.fetch();
assert.match(instance.version, /^4\.\d+\.\d+ /);
const live = createStreamingAPIClient({
  streamingApiUrl: instance.configuration.urls.streaming,
  accessToken: bobsToken,
  implementation: Counted,
});
const me = await ada.v1.accounts.verifyCredentials();
await bob.v1.accounts.$select(me.id).follow();

const streams = {
  home: live.user.subscribe(),
  told: live.user.notification.subscribe(),
  tag: live.hashtag.subscribe({ tag: "masto" }),
  local: live.public.local.subscribe(),
};
const update = (status) => status.content.includes("from masto.js");
let silent = true;
const waiting = Promise.all([
  hear(streams.home, "update", update),
  hear(streams.told, "notification", (told) => told.type === "mention"),
  hear(streams.tag, "update", update),
  hear(streams.local, "update", update),
]).finally(() => (silent = false));
const written = [];
while ((silent && written.length < 30) || written.length < 5) {
  // The library does not say when it is subscribed: write until all four have heard something.
  written.push(
    await ada.v1.statuses.create({
      status: `@bob hello ${written.length} from masto.js #masto`,
      visibility: "public",
    }),
  );
  if (silent) await Promise.race([waiting, new Promise((done) => setTimeout(done, 500))]);
}
const [home, told, tag, local] = await waiting;
const ids = written.map((status) => status.id);
assert.ok(ids.includes(home.payload.id));
assert.ok(ids.includes(told.payload.status.id));
assert.equal(told.payload.account.acct, "ada");
assert.deepEqual(tag.stream, ["hashtag", "masto"]);
assert.ok(ids.includes(local.payload.id));
assert.equal(opened, 1, "one socket for all streams");

let deleted = false;
const gone = hear(live.user.subscribe(), "delete", (id) => ids.includes(id)).then(
  () => (deleted = true),
);
for (const id of ids) {
  await ada.v1.statuses.$select(id).remove();
  if (deleted) break;
  await Promise.race([gone, new Promise((done) => setTimeout(done, 500))]);
}
assert.ok(deleted, "a deletion is heard");
for (const stream of Object.values(streams)) stream.unsubscribe();
live.close();

// A paginator goes on by the Link header, down to the end.
for (let n = 0; n < 7; n += 1) await ada.v1.statuses.create({ status: `page ${n}` });
const seen = [];
for await (const page of ada.v1.accounts.$select(me.id).statuses.list({ limit: 3 })) {
  seen.push(...page.map((each) => each.id));
  if (seen.length > 200) break;
}
assert.equal(new Set(seen).size, seen.length);
assert.ok(seen.length >= 7);

// An error carries what the server said.
await assert.rejects(ada.v1.statuses.$select("1").fetch(), (error) => {
  assert.ok(error instanceof MastoHttpError);
  assert.equal(error.statusCode, 404);
  return true;
});
console.log("ok");
