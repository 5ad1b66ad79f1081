// The keyboard: letters act on the post that has the focus. Never while somebody writes.
import { all, fetched, find, focus, make, on, top, words } from "./dom.js";

const PLACES = { h: "/home", n: "/notifications", b: "/bookmarks", s: "/search" };
const TYPED_IN = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
let going = false; // `g` was pressed a moment ago

const seen = (selector) => all(selector).filter((each) => each.offsetParent);
const current = () => document.activeElement?.closest?.("article.post, article.nt");
const bar = () => find(".bar")?.getBoundingClientRect().bottom ?? 0;

function move(step) {
  const posts = seen("main :is(article.post, article.nt)");
  const edge = Math.max(bar(), 0);
  const at = posts.indexOf(current());
  const first = posts.findIndex((post) => top(post) >= edge - 1);
  const next = at < 0 ? posts.at(first) : posts[at + step];
  if (!next) return;
  focus(next);
  if (top(next) < edge || next.getBoundingClientRect().bottom > innerHeight)
    scrollBy({ top: top(next) - edge - 8, behavior: "instant" });
}

const press = (selector) => current()?.querySelector(selector)?.click();

function follow(selector, otherwise) {
  const [found] = seen(selector);
  found?.focus();
  if (found) found.click();
  else if (otherwise) location.assign(otherwise);
}

function fold() {
  const details = current()?.querySelector("details.fold");
  if (details) details.open = !details.open;
}

const { dataset } = document.documentElement;

function theme() {
  const night = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  dataset.theme = (dataset.theme ?? night) === "dark" ? "light" : "dark";
  localStorage.theme = dataset.theme; // of a stranger
  const body = new URLSearchParams({ theme: dataset.theme, _csrf: words.csrf });
  if (words.csrf) fetch("/settings/theme", { method: "POST", body });
}

if (!words.csrf && localStorage.theme) dataset.theme = localStorage.theme;

async function help() {
  const page = await fetched("/keys");
  const dialog = make("dialog", "dialog keys-help");
  dialog.setAttribute("aria-labelledby", "keys");
  dialog.append(document.importNode(page.getElementById("keys-help"), true));
  dialog.onclick = ({ target }) => target === dialog && dialog.close();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => press(".post-head .meta > a, .quoteline a"),
  u: () => follow(".bar a.icon-btn", "/home"),
  r: () => press(".actions a[id^=reply]"),
  b: () => press(".act-boost"),
  f: () => press(".act-like"),
  d: () => press(".act-keep"),
  q: () => press('a[href^="/compose?quoted"]'),
  e: () => press('a[href^="/compose?edit"]'),
  m: () => press('.menu [formaction$="mute"]'),
  v: () => press(".media figure > a"),
  x: fold,
  c: () => follow("#composer textarea", "/compose"),
  "/": () => follow(':is(.aside, main) [type="search"]', "/search"),
  ".": () => follow("#pill a"),
  t: theme,
  "?": () => find(".keys-help") ?? help(),
};

function go(key) {
  const place = key === "p" ? find(".nav .foot")?.href : PLACES[key];
  if (place) location.assign(place);
}

on("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(TYPED_IN) || find("dialog[open]")) return;
  if (dataset.keys === "off") return;
  const opens = event.key === "Enter" && event.target.matches("article");
  const act = opens ? KEYS.o : Object.hasOwn(KEYS, event.key) && KEYS[event.key];
  if (going) {
    going = false;
    go(event.key);
  } else if (event.key === "g") {
    going = true;
    setTimeout(() => (going = false), 1500);
  } else if (act) act();
  else return;
  event.preventDefault();
});
