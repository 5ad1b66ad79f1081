// The keyboard: letters act on the post that has the focus. Never while somebody writes.
import { fetched, make } from "./dom.js";

const PLACES = { h: "/home", n: "/notifications", b: "/bookmarks", s: "/search" };
const TYPED_IN = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
let going = false; // `g` was pressed a moment ago

const posts = () =>
  [...document.querySelectorAll("main :is(article.post, article.nt)")].filter(
    (post) => post.offsetParent,
  );
const current = () => document.activeElement?.closest?.("article.post, article.nt");
const bar = () => document.querySelector(".bar")?.getBoundingClientRect().bottom ?? 0;

function move(step) {
  const all = posts();
  const edge = Math.max(bar(), 0);
  const at = all.indexOf(current());
  const first = all.findIndex((post) => post.getBoundingClientRect().top >= edge - 1);
  const next = at < 0 ? all[first < 0 ? all.length - 1 : first] : all[at + step];
  if (!next) return;
  next.focus({ preventScroll: true });
  const { top, bottom } = next.getBoundingClientRect();
  if (top < edge || bottom > innerHeight) scrollBy({ top: top - edge - 8, behavior: "instant" });
}

function press(selector) {
  const found = current()?.querySelector(selector);
  if (!found) return;
  found.click();
}

function follow(selector, otherwise) {
  const found = document.querySelector(selector);
  if (found) found.click();
  else if (otherwise) location.assign(otherwise);
}

function write() {
  const field = document.querySelector("#composer textarea");
  if (field) field.focus();
  else location.assign("/compose");
}

function search() {
  const field = document.querySelector('.aside input[type="search"], main input[type="search"]');
  if (field?.offsetParent) field.focus();
  else location.assign("/search");
}

function fold() {
  const details = current()?.querySelector("details.fold");
  if (details) details.open = !details.open;
}

function theme() {
  const { dataset } = document.documentElement;
  const dark = dataset.theme
    ? dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = dark ? "light" : "dark";
}

async function help() {
  const page = await fetched("/keys");
  const dialog = make("dialog", "dialog keys-help");
  dialog.setAttribute("aria-labelledby", "keys");
  dialog.append(document.importNode(page.getElementById("keys-help"), true));
  const before = document.activeElement;
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus({ preventScroll: true });
  });
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
  c: write,
  "/": search,
  ".": () => follow("#pill a"),
  t: theme,
  "?": () => document.querySelector(".keys-help") ?? help(),
};

function go(key) {
  const place = key === "p" ? document.querySelector(".nav .foot")?.href : PLACES[key];
  if (place) location.assign(place);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(TYPED_IN) || document.querySelector("dialog[open]")) return;
  if (document.documentElement.dataset.keys === "off") return;
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
