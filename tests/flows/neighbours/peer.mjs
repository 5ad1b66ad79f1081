// A server of another make, on which Fay lives. `node peer.mjs HOST CERT KEY CONTROL`: HTTPS on 443
// of HOST for other servers; on the port CONTROL of the loopback, she is told what to do.
import { createServer as createPlain } from "node:http";
import { createServer } from "node:https";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { createFederation, generateCryptoKeyPair, MemoryKvStore, verifyObject } from "@fedify/fedify";
import * as as from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill"; // this one and the next come with Fedify
import jsonld from "jsonld";

const [host, cert, key, control] = process.argv.slice(2);
const origin = `https://${host}`;
const FAY = "fay";
const seen = []; // what arrived and was signed, as it was sent
const notes = new Map(); // what she wrote and did not delete
const followers = new Map();
const stamps = new Map(); // authorizations of quotes
const PICTURE = readFileSync(new URL("picture.png", import.meta.url));
const keys = [
  await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"),
  await generateCryptoKeyPair("Ed25519"),
];
let moved = null;
const also = []; // other accounts that she says are hers
let number = 0;
const next = (kind) => new URL(`${origin}/${kind}/${++number}`);
const now = () => Temporal.Now.instant();

const federation = createFederation({ kv: new MemoryKvStore(), allowPrivateAddress: true });

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== FAY) return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new as.Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Fay",
      summary: "<p>Lives <em>elsewhere</em></p>",
      url: new URL(`${origin}/@fay`),
      inbox: ctx.getInboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new as.Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
      aliases: also,
      successor: moved,
    });
  })
  .setKeyPairsDispatcher((_, identifier) => (identifier === FAY ? keys : []));

federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({
  items: [...followers.values()],
}));
federation.setObjectDispatcher(as.Note, "/notes/{id}", (_, { id }) => {
  const found = notes.get(`${origin}/notes/${id}`);
  return found instanceof as.Note ? found : null;
});
federation.setObjectDispatcher(as.Question, "/questions/{id}", (_, { id }) =>
  notes.get(`${origin}/questions/${id}`) ?? null);
federation.setObjectDispatcher(as.QuoteAuthorization, "/stamps/{id}", (_, { id }) =>
  stamps.get(`${origin}/stamps/${id}`) ?? null);
federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: FAY }))
  .on(as.Activity, async (ctx, activity) => {
    seen.push(await activity.toJsonLd({ contextLoader: ctx.contextLoader }));
    if (activity instanceof as.Follow) {
      const who = await activity.getActor(ctx);
      followers.set(who.id.href, { id: who.id, inboxId: who.inboxId, endpoints: who.endpoints });
      await send(ctx, who, new as.Accept({ id: next("accepts"), actor: me(ctx), object: activity }));
    }
  });

const me = (ctx) => ctx.getActorUri(FAY);
const send = (ctx, to, activity) =>
  ctx.sendActivity({ identifier: FAY }, to, activity, { preferSharedInbox: true });

async function find(ctx, uri) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: FAY });
  const found = await ctx.lookupObject(uri, { documentLoader });
  if (!found) throw new Error(`nothing at ${uri}`);
  return found;
}

// Her post, as `said` wants it: public unless it is for some people alone.
async function written(ctx, said) {
  const people = await Promise.all((said.to ?? []).map((uri) => find(ctx, uri)));
  const tags = people.map((who) => new as.Mention({ href: who.id, name: `@${who.preferredUsername}` }));
  const open = !said.direct;
  const values = {
    id: said.options ? next("questions") : next("notes"),
    attribution: me(ctx),
    content: said.text,
    published: now(),
    tos: open ? [as.PUBLIC_COLLECTION] : people.map((who) => who.id),
    ccs: open ? [ctx.getFollowersUri(FAY), ...people.map((who) => who.id)] : [],
    tags,
    replyTarget: said.answers ? new URL(said.answers) : null,
  };
  if (said.picture) {
    values.attachments = [
      new as.Document({ mediaType: "image/png", url: new URL(`${origin}/picture.png`), name: said.picture }),
    ];
  }
  if (said.quotes) values.quote = new URL(said.quotes);
  if (said.stamp) values.quoteAuthorization = new URL(said.stamp);
  if (said.open_to_quotes) {
    values.interactionPolicy = new as.InteractionPolicy({
      canQuote: new as.InteractionRule({ automaticApproval: as.PUBLIC_COLLECTION }),
    });
  }
  if (said.options) {
    values.exclusiveOptions = said.options.map((name) =>
      new as.Note({ name, replies: new as.Collection({ totalItems: 0 }) }));
    values.endTime = now().add({ hours: 1 });
    return { note: new as.Question(values), people };
  }
  return { note: new as.Note(values), people };
}

async function spread(ctx, people, activity) {
  const all = new Map(followers);
  for (const who of people) all.set(who.id.href, who);
  await send(ctx, [...all.values()], activity);
}

const does = {
  async follow(ctx, { whom }) {
    const who = await find(ctx, whom);
    await send(ctx, who, new as.Follow({ id: next("follows"), actor: me(ctx), object: who.id }));
  },
  async write(ctx, said) {
    const { note, people } = await written(ctx, said);
    notes.set(note.id.href, note);
    const activity = new as.Create({
      id: new URL(`${note.id.href}#create`), actor: me(ctx), object: note,
      tos: note.toIds, ccs: note.ccIds,
    });
    if (said.direct || said.alone) await send(ctx, people, activity);
    else await spread(ctx, people, activity);
    return note.id.href;
  },
  async edit(ctx, { uri, text }) {
    const note = notes.get(uri).clone({ content: text, updated: now() });
    notes.set(uri, note);
    await spread(ctx, [], new as.Update({
      id: next("updates"), actor: me(ctx), object: note, tos: note.toIds, ccs: note.ccIds,
    }));
  },
  async erase(ctx, { uri }) {
    notes.delete(uri);
    await spread(ctx, [], new as.Delete({
      id: next("deletes"), actor: me(ctx), object: new as.Tombstone({ id: new URL(uri) }),
      to: as.PUBLIC_COLLECTION,
    }));
  },
  async react(ctx, { kind, uri }) { // Like or Announce
    const author = await find(ctx, (await find(ctx, uri)).attributionId.href);
    const activity = new as[kind]({
      id: next("acts"), actor: me(ctx), object: new URL(uri), published: now(),
      to: as.PUBLIC_COLLECTION, ccs: [ctx.getFollowersUri(FAY), author.id],
    });
    await spread(ctx, [author], activity);
  },
  async vote(ctx, { uri, name }) {
    const author = await find(ctx, (await find(ctx, uri)).attributionId.href);
    const vote = new as.Note({
      id: next("votes"), attribution: me(ctx), name, replyTarget: new URL(uri), to: author.id,
    });
    await send(ctx, author, new as.Create({
      id: new URL(`${vote.id.href}#create`), actor: me(ctx), object: vote, to: author.id,
    }));
  },
  async tally(ctx, { uri, counts }) {
    const old = notes.get(uri);
    const options = [];
    for await (const each of old.getExclusiveOptions()) options.push(each.name.toString());
    const note = old.clone({
      exclusiveOptions: options.map((name, at) =>
        new as.Note({ name, replies: new as.Collection({ totalItems: counts[at] }) })),
      voters: counts.reduce((sum, each) => sum + each, 0),
    });
    notes.set(uri, note);
    await spread(ctx, [], new as.Update({
      id: next("updates"), actor: me(ctx), object: note, tos: note.toIds, ccs: note.ccIds,
    }));
  },
  async stamp(ctx, { request, quote, target }) { // she allows a quote of hers
    const who = await find(ctx, request.actor);
    const stamp = new as.QuoteAuthorization({
      id: next("stamps"), attribution: me(ctx),
      interactingObject: new URL(quote), interactionTarget: new URL(target),
    });
    stamps.set(stamp.id.href, stamp);
    await send(ctx, who, new as.Accept({
      id: next("accepts"), actor: me(ctx), object: new URL(request.id), result: stamp.id,
    }));
  },
  async ask(ctx, { uri, target }) { // to quote somebody
    const author = await find(ctx, (await find(ctx, target)).attributionId.href);
    await send(ctx, author, new as.QuoteRequest({
      id: next("requests"), actor: me(ctx), object: new URL(target), instrument: notes.get(uri),
    }));
  },
  async report(ctx, { whom, posts, text }) {
    const who = await find(ctx, whom);
    await send(ctx, who, new as.Flag({
      id: next("flags"), actor: me(ctx), content: text,
      objects: [who.id, ...posts.map((uri) => new URL(uri))],
    }));
  },
  async block(ctx, { whom }) {
    const who = await find(ctx, whom);
    await send(ctx, who, new as.Block({ id: next("blocks"), actor: me(ctx), object: who.id }));
  },
  async alias(ctx, { of }) {
    also.push(new URL(of));
  },
  async move(ctx, { to }) {
    moved = new URL(to);
    await spread(ctx, [], new as.Move({
      id: next("moves"), actor: me(ctx), object: me(ctx), target: moved, to: ctx.getFollowersUri(FAY),
    }));
  },
  async look(ctx, { uri }) {
    return await (await find(ctx, uri)).toJsonLd({ contextLoader: ctx.contextLoader });
  },
  async proves(ctx, { activity }) { // by itself, whoever brings it
    const documentLoader = await ctx.getDocumentLoader({ identifier: FAY });
    const found = await verifyObject(as.Activity, activity, {
      documentLoader, contextLoader: ctx.contextLoader,
    });
    return found?.id?.href ?? null;
  },
  async wonders(ctx, { documents }) { // words that mean nothing to who reads JSON-LD
    const documentLoader = ctx.contextLoader;
    const read = documents.map((each) => jsonld.expand(each, { documentLoader, safe: true }));
    return JSON.stringify(await Promise.all(read)).match(/"_:[^"]*"/g) ?? [];
  },
  seen: () => seen,
};

function request(asked) {
  const body = ["GET", "HEAD"].includes(asked.method) ? undefined : Readable.toWeb(asked);
  const headers = Object.entries(asked.headers).filter(([, value]) => typeof value === "string");
  return new Request(origin + asked.url, { method: asked.method, headers, body, duplex: "half" });
}

createServer({ cert: readFileSync(cert), key: readFileSync(key) }, async (asked, answer) => {
  if (asked.url === "/picture.png") {
    answer.writeHead(200, { "content-type": "image/png" });
    return answer.end(PICTURE);
  }
  const made = await federation.fetch(request(asked), { contextData: null });
  answer.writeHead(made.status, Object.fromEntries(made.headers));
  answer.end(Buffer.from(await made.arrayBuffer()));
}).listen(443, host, () =>
  createPlain(async (asked, answer) => {
    const chunks = [];
    for await (const chunk of asked) chunks.push(chunk);
    try {
      const said = JSON.parse(Buffer.concat(chunks));
      const ctx = federation.createContext(new URL(origin), null);
      answer.end(JSON.stringify((await does[said.what](ctx, said)) ?? null));
    } catch (error) {
      answer.writeHead(500);
      answer.end(String(error?.stack ?? error));
    }
  }).listen(Number(control), "127.0.0.1", () => console.log("listening")));
