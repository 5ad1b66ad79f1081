// masto.js reading grouped notifications, as Phanpy does.
// Arguments: the address of the server, and the tokens of three people.
import "./older.mjs";
import assert from "node:assert/strict";
import { createRestAPIClient } from "masto";

const [url, ...tokens] = process.argv.slice(2);
const [reader, ...others] = tokens.map((accessToken) => createRestAPIClient({ url, accessToken }));

async function until(found) {
  for (let n = 0; n < 100; n += 1) {
    const value = await found();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`never came: ${found}`);
}

await reader.v1.notifications.clear();
const status = await reader.v1.statuses.create({ status: "for grouping", visibility: "public" });
for (const other of others) await other.v1.statuses.$select(status.id).favourite();
await others[0].v1.statuses.$select(status.id).reblog();

const list = () => reader.v2.notifications.list({ groupedTypes: ["favourite", "reblog"] });
const page = await until(async () => {
  const found = await list();
  const likes = found.notificationGroups.find((group) => group.type === "favourite");
  const boost = found.notificationGroups.some((group) => group.type === "reblog");
  return likes?.notificationsCount === others.length && boost && found;
});
const likes = page.notificationGroups.find((group) => group.type === "favourite");
assert.equal(likes.statusId, status.id);
assert.equal(likes.sampleAccountIds.length, others.length);
const known = new Set(page.accounts.map((account) => account.id));
assert.ok(likes.sampleAccountIds.every((id) => known.has(id)));
assert.ok(page.statuses.some((each) => each.id === status.id));

assert.ok((await reader.v2.notifications.unreadCount.fetch()).count >= 2);
const one = await reader.v2.notifications.$select(likes.groupKey).fetch();
assert.equal(one.notificationGroups[0].groupKey, likes.groupKey);
const accounts = await reader.v2.notifications.$select(likes.groupKey).accounts.list();
assert.equal(accounts.length, others.length);

await reader.v2.notifications.$select(likes.groupKey).dismiss();
const after = await list();
assert.ok(after.notificationGroups.every((group) => group.groupKey !== likes.groupKey));

const policy = await reader.v2.notifications.policy.fetch();
assert.equal(policy.forNotFollowing, "accept");
const changed = await reader.v2.notifications.policy.update({ forNewAccounts: "filter" });
assert.equal(changed.forNewAccounts, "filter");
await reader.v2.notifications.policy.update({ forNewAccounts: "accept" });
assert.deepEqual(await reader.v1.notifications.requests.list(), []);
console.log("ok");
