// Letters at the desk, and a queue that stays as it is now. All of it works without.
import { all, at, fetched, find, focus, focused, on, wishes } from "../js/dom.js";

const TYPED_IN = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const mine = JSON.parse(wishes.letters ?? "{}");
const help = at("desk-keys");
const queue = find("section.queue");

const row = () => focused().closest("article.q");
const press = (button) => button?.click();

// What is folded away is unfolded first.
function enter(field) {
  field?.closest("details")?.setAttribute("open", "");
  field?.focus();
  return field;
}

function tick(number) {
  const box = all('.picks input[name="acts[]"]')[number - 1];
  enter(box)?.click();
}

const KEYS = {
  c: () => press(find("form[action$='/claim'] button, form[action$='/release'] button", row() ?? document)),
  l: () => enter(at("f-label")),
  e: () => enter(at("f-klass")),
  s: () => enter(at("f-snooze")),
  n: () => enter(at("f-note")),
  u: () => enter(find("form[action$='/undo'] button")),
  "/": () => enter(at("f-find")),
  "?": () => help.togglePopover(),
};

// Before the letters of other pages, which are for reading.
function letter(event) {
  if (event.isComposing || wishes.keys || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(TYPED_IN) || find("dialog[open]")) return;
  const key = mine[event.key] ?? event.key;
  if (/^[1-9]$/.test(key)) tick(Number(key));
  else if (KEYS[key]) KEYS[key]();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

async function renew() {
  if (focused().closest("form") && queue.contains(focused())) return; // somebody is about to press
  const fresh = find("section.queue", await fetched(location.href));
  const here = row()?.id;
  if (!fresh) return;
  queue.replaceChildren(...fresh.childNodes);
  if (here) focus(at(here));
}

if (help) document.addEventListener("keydown", letter, true);
if (help && queue && !location.search) {
  let source;
  const listen = () => {
    if (document.hidden) return source?.close();
    source = new EventSource("/admin/reports/live");
    source.addEventListener("desk", () => renew().catch(() => undefined));
  };
  on("visibilitychange", listen);
  addEventListener("pagehide", () => source?.close());
  listen();
}
