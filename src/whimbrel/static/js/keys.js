// Letters act on the post that has the focus. Never while somebody writes.
import { all, at, bottom, find, focus, focused, go, on, top, wishes, words } from "./dom.js";

const TYPED_IN = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const mine = JSON.parse(wishes.letters ?? "{}");
let before = ""; // `g`, a moment ago
let soon; // it is forgotten

const seen = (...where) => all(...where).filter((each) => each.offsetParent);
const current = () => focused().closest("article.post, article.nt");

function move(step) {
  const column = focused().closest("#pane") ?? at("main");
  const posts = seen("article.post, article.nt", column);
  const bar = find(".bar");
  const edge = bar ? Math.max(bottom(bar), 0) : 0;
  const here = posts.indexOf(current());
  const first = posts.findIndex((post) => top(post) >= edge - 1);
  const next = here < 0 ? posts.at(first) : posts[here + step];
  if (!next) return;
  focus(next);
  if (top(next) < edge || bottom(next) > innerHeight) next.scrollIntoView();
}

const press = (selector) => current()?.querySelector(selector)?.click();

function follow(selector, otherwise) {
  const [found] = seen(selector);
  found?.focus();
  if (found || !otherwise) found?.click();
  else go(otherwise);
}

function theme() {
  const now = wishes.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches && "dark");
  wishes.theme = now === "dark" ? "light" : "dark";
  const body = new URLSearchParams({ theme: wishes.theme, _csrf: words.csrf });
  if (words.csrf) fetch("/settings/theme", { method: "POST", body });
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => press(".post-head .meta > a, .quoteline a"),
  u: () => follow(at("shut") ? "#shut" : ".bar a.icon-btn", "/home"),
  Escape: () => at("shut")?.click(),
  r: () => press(".actions a[id^=reply]"),
  b: () => press(".act-boost"),
  f: () => press(".act-like"),
  d: () => press(".act-keep"),
  q: () => press('a[href^="/compose?quoted"]'),
  e: () => press('a[href^="/compose?edit"]'),
  m: () => press('.menu [formaction$="mute"]'),
  v: () => press(".media figure > a"),
  x: () => press("details.fold > summary"),
  c: () => follow("#composer textarea", "/compose"),
  "/": () => follow(':is(.aside, main) [type="search"]', "/search"),
  ".": () => follow("#pill a"),
  t: theme,
  "?": () => at("keys-over").togglePopover(),
  gh: () => go("/home"),
  gn: () => go("/notifications"),
  gb: () => go("/bookmarks"),
  gs: () => go("/search"),
  gp: () => follow(".nav .foot"),
  g() {
    before = "g";
    clearTimeout(soon);
    soon = setTimeout(() => (before = ""), 1500);
  },
};

on("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || wishes.keys) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(TYPED_IN) || find("dialog[open]")) return;
  if (event.key === "Escape" && find(":popover-open")) return;
  const opens = event.key === "Enter" && event.target.matches("article");
  const key = opens ? "o" : before ? before + event.key : (mine[event.key] ?? event.key);
  before = "";
  if (!KEYS[key]) return;
  KEYS[key]();
  event.preventDefault();
});
