// The recovery kit: words and keys are made, and used, in this browser alone. The form of words and
// file is that of exit/kit/recovery.py and exit/kit/box.py.
const { subtle } = crypto;
const ascii = (text) => new TextEncoder().encode(text);
const raw = (base64) => Uint8Array.from(atob(base64), (mark) => mark.charCodeAt());
const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
const NAME = ascii("whimbrel recovery");
const MAGIC = ascii("whimbrel recovery kit 1\n");
const PKCS8 = raw("MC4CAQAwBQYDK2VuBCIEIA=="); // of an X25519 key: the 32 bytes follow
const LETTERS = ["bdfghjklmnprstvz", "aiou"];
const SHIFTS = [12, 10, 6, 4, 0];
const TYPE = "application/activity+json";

async function derived(secret, salt, info) {
  const key = await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, 256);
}

const digested = async (data) => new Uint8Array(await subtle.digest("SHA-256", data));
const check = async (seed) => (await digested(joined(NAME, seed))).slice(0, 2);

const spoken = (pair) =>
  SHIFTS.map((shift, at) => LETTERS[at % 2][(pair >> shift) & (at % 2 ? 3 : 15)]).join("");

function heard(word) {
  const parts = [...word].map((letter, at) => LETTERS[at % 2].indexOf(letter) << SHIFTS[at]);
  const pair = parts.reduce((sum, part) => sum | part, 0);
  if (word.length !== 5 || spoken(pair) !== word) throw word;
  return [pair >> 8, pair & 255];
}

async function keyOf(seed) {
  const secret = new Uint8Array(await derived(seed, new Uint8Array(), NAME));
  return subtle.importKey("pkcs8", joined(PKCS8, secret), "X25519", true, ["deriveBits"]);
}

async function opened(file, words) {
  const all = joined(...(words.toLowerCase().match(/[a-z]+/g) ?? []).map(heard));
  const seed = all.slice(0, 16);
  if (`${all.slice(16)}` !== `${await check(seed)}`) throw words;
  const content = new Uint8Array(await file.arrayBuffer());
  const head = content.slice(0, MAGIC.length + 64);
  const to = head.slice(-64, -32);
  const once = head.slice(-32);
  const other = await subtle.importKey("raw", once, "X25519", false, []);
  const asked = { name: "X25519", public: other };
  const shared = await subtle.deriveBits(asked, await keyOf(seed), 256);
  const secret = await derived(shared, joined(once, to), MAGIC);
  const key = await subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
  const how = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: head };
  const plain = await subtle.decrypt(how, key, content.slice(head.length));
  return JSON.parse(new TextDecoder().decode(plain));
}

function signer(kit) {
  const how = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = subtle.importKey("pkcs8", raw(kit.rsa), how, false, ["sign"]);
  return async (inbox, digest) => {
    if (!URL.canParse(inbox)) return { inbox, date: "", signature: "" }; // it is refused, and no more
    const { host, pathname, search } = new URL(inbox);
    const date = new Date().toUTCString();
    const said = [`(request-target): post ${pathname}${search}`, `host: ${host}`, `date: ${date}`];
    said.push(`digest: SHA-256=${digest}`, `content-type: ${TYPE}`);
    const signature = await subtle.sign(how.name, await key, ascii(said.join("\n")));
    return { inbox, date, signature: base64(signature) };
  };
}

// One form after another; a server that asks for patience gets it.
async function post(form, path, values) {
  const body = new URLSearchParams({ _csrf: form.elements._csrf.value, ...values });
  const answer = await fetch(`/settings/kit/${path}`, { method: "POST", body });
  if (answer.status === 429) {
    const seconds = Number(answer.headers.get("retry-after")) || 30;
    await new Promise((go) => setTimeout(go, seconds * 1000));
    return post(form, path, values);
  }
  if (!answer.ok) throw answer;
  return answer.json();
}

function* slices(list, most) {
  for (let at = 0; at < list.length; at += most) yield list.slice(at, at + most);
}

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

async function move(form, kit, told, say) {
  const { actor, following } = kit;
  const stamp = Date.now();
  const { body } = await post(form, "arrive", { actor, stamp });
  const digest = base64(await digested(ascii(body)));
  const sign = signer(kit);
  const waiting = [...new Set(kit.followers.map(([, inbox]) => inbox))];
  const count = { done: told.size, all: waiting.length, followed: 0, people: following.length };
  for (const some of slices(waiting.filter((inbox) => !told.has(inbox)), 25)) {
    const letters = JSON.stringify(await Promise.all(some.map((inbox) => sign(inbox, digest))));
    const sent = await post(form, "send", { actor, stamp, public: kit.public, letters });
    sent.told.forEach((outcome, at) => outcome === "taken" && told.add(some[at]));
    say(filled(form.dataset.told, { ...count, done: told.size }));
  }
  for (const some of slices(following, 10)) {
    const sent = await post(form, "follow", { people: JSON.stringify(some) });
    count.followed += sent.followed;
    say(filled(form.dataset.told, { ...count, done: told.size }));
  }
}

function start(make, form) {
  const [words] = make.querySelectorAll("[role=status]");
  make.querySelector("[type=button]").onclick = async () => {
    const seed = crypto.getRandomValues(new Uint8Array(16));
    const all = joined(seed, await check(seed));
    const pairs = [...slices([...all], 2)].map(([high, low]) => (high << 8) | low);
    words.textContent = pairs.map(spoken).join(" ");
    words.nextElementSibling.hidden = false;
    const { x } = await subtle.exportKey("jwk", await keyOf(seed));
    make.elements.key.value = `whimbrel-recovery-${x}`;
  };
  words.parentElement.hidden = form.hidden = false;
  document.querySelector("[data-without-kit]").hidden = true;

  const [status] = form.querySelectorAll("[role=status]");
  const alert = status.nextElementSibling;
  const go = form.querySelector("[type=button]");
  const say = (text) => (status.textContent = text);
  form.onsubmit = async (event) => {
    event.preventDefault();
    alert.textContent = "";
    go.hidden = true;
    try {
      const kit = await opened(form.elements.file.files[0], form.elements.words.value);
      const [followers, following] = [kit.followers.length, kit.following.length];
      const time = new Date(kit.made).toLocaleDateString(document.documentElement.lang);
      say(filled(form.dataset.found, { account: `@${kit.handle}`, time, followers, following }));
      const told = new Set();
      go.onclick = async () => {
        go.disabled = true;
        alert.textContent = "";
        try {
          await move(form, kit, told, say);
        } catch {
          alert.textContent = form.dataset.failed; // the network, or what the server would not do
        }
        go.disabled = false;
      };
      go.hidden = false;
    } catch {
      alert.textContent = form.dataset.wrong;
    }
  };
}

const probe = { name: "X25519" };
subtle
  ?.generateKey(probe, false, ["deriveBits"])
  .then(() => start(...document.querySelectorAll("[data-kit]")))
  .catch(() => {}); // a browser that cannot: the page says what else there is
