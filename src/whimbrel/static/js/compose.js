// Writing: the room left, files sent at once, a draft that keeps itself, no word lost.
import { all, at, clock, find, focused, go, make, on, parsed, wishes, words } from "./dom.js";
import { complain } from "./toasts.js";

let form = at("composer");
let timer; // until it is kept
let last = Promise.resolve(); // one request after the other
let here = location.pathname + location.search;

function measure() {
  const room = at("room");
  const { most, short, left: words, over } = room.dataset;
  const shorter = (_, name) => name ?? "x".repeat(23);
  const length = (text) => [...text.trim().replace(RegExp(short, "giu"), shorter)].length;
  const { value } = form.status;
  const given = most - length(form.spoiler_text.value);
  const left = given - length(value);
  const [, arc, number, told] = all("circle, b, [role]", room);
  room.hidden = left == most;
  room.className = `ring ${left < 0 ? "over" : left < most / 10 ? "near" : ""}`;
  arc.setAttribute("stroke-dasharray", `${Math.min(100, 100 - (left / most) * 100)} 200`);
  number.textContent = left > 50 ? "" : left;
  // Read out at every tenth.
  told.textContent = left > 50 ? ""
    : left < 0 ? over.replace("#", -left) : words.replace("#", Math.ceil(left / 10) * 10);
  const text = [...value];
  let fits = 0;
  const part = (...ends) => text.slice(...ends).join("");
  for (let step = 65536; step >= 1; step /= 2)
    if (length(part(0, fits + step)) <= given) fits += step;
  at("behind").replaceChildren(part(0, fits), make("mark", "", part(fits)));
}

// For this tab: over a reload, a crash, a sign-in.
const key = () => form.dataset.me + here;

function note() {
  sessionStorage[key()] = JSON.stringify([...new FormData(form)].filter(([, value]) => value.at));
}

function changed() {
  measure();
  note();
  clearTimeout(timer);
  timer = setTimeout(send, 2000, "keep");
}

function send(what, files = [], typed) {
  clearTimeout(timer);
  timer = 0;
  last = last.finally(() => sending(what, files, typed));
}

async function sending(what, files, typed) {
  const body = new FormData(typed ? undefined : form);
  typed?.forEach((pair) => body.append(...pair));
  body.set("_csrf", form._csrf.value);
  body.set("do", what);
  files.forEach((file) => body.append("files[]", file));
  const bar = make("progress", "");
  bar.ariaLabel = words.sending;
  if (files[0]) at("files").append(bar);
  const request = new XMLHttpRequest();
  request.upload.onprogress = ({ loaded, total }) => (bar.value = loaded / total);
  request.open("POST", "/compose");
  request.setRequestHeader("accept", "text/html");
  request.setRequestHeader("HX-Request", "true");
  request.send(body);
  await new Promise((done) => (request.onloadend = done));
  bar.remove();
  form.ariaBusy = null;
  const to = request.getResponseHeader("HX-Redirect");
  const out = to?.startsWith("/auth/"); // signed out meanwhile
  const page = parsed(request.responseText);
  if (to && !out) {
    delete sessionStorage[key()];
    go(to);
  } else if (at("draft", page)) {
    const stays = !typed && /keep|files/.test(what);
    const ids = stays ? ["draft", "files", "readers", "send"] : ["composer"];
    ids.map((id) => put(at(id, page)));
    kept(what === "keep" && find(".err", page)?.textContent);
  } else {
    at("kept").textContent = out ? words.out : words.unsaved;
    if (what === "keep") return;
    if (out) go(`/auth/sign-in?next=${encodeURIComponent(here)}`);
    const said = find("main h1 + p", page)?.textContent;
    complain(said ?? words.unsent, () => send(what, files, typed));
  }
}

// A part of the form from the server; what is being typed there stays.
function put(fresh) {
  if (!fresh) return;
  const old = focused();
  const inside = at(fresh.id).contains(old);
  const alt = find(".nudge textarea", fresh);
  if (alt) alt.value ||= at("c-alt")?.value ?? "";
  find("[autofocus]", fresh)?.removeAttribute("autofocus"); // letters may be meant as keys
  at(fresh.id).replaceWith(fresh);
  form = at("composer");
  measure();
  if (!inside) return;
  const same = at(old.id);
  if (same?.type === "textarea" && old.value !== old.defaultValue) same.value = old.value;
  (same ?? find("[aria-invalid], .nudge textarea, input", fresh)).focus();
}

function kept(wrong) {
  const { value } = at("draft");
  const alone = here.startsWith("/compose");
  delete sessionStorage[key()];
  if (alone && value) history.replaceState(history.state, "", (here = `/compose?draft=${value}`));
  if (timer || !alone) note();
  at("kept").textContent = wrong || (value && words.saved.replace("#", clock()));
}

function post(what, sure) {
  const bare = all(".attach textarea", form).find(({ value }) => !value.trim());
  if (/a/.test(what) || sure || !bare || wishes.nudge) {
    if (!form.ariaBusy) send(what);
    form.ariaBusy = true;
    return;
  }
  const nudge = at("nudge");
  nudge.onclose = () => (nudge.returnValue ? post(what, true) : bare.focus());
  nudge.returnValue = "";
  nudge.showModal();
}

function take(event, from) {
  if (!from.files?.length) return;
  event.preventDefault();
  send("files", [...from.files]);
}

const ON = {
  input: ({ target }) => target.type === "file" || changed(),
  change(event) {
    const { target } = event;
    if (target.type === "file") {
      take(event, target);
      target.value = "";
    } else if (/(remove|at)\]$/.test(target.name)) send("files");
    else if (target.id === "t-file" && target.checked) at("c-file")?.click();
  },
  submit(event) {
    event.preventDefault();
    last.finally(() => post(event.submitter?.value ?? ""));
  },
  paste: (event) => take(event, event.clipboardData),
  dragover: (event) => event.dataTransfer.types.includes("Files") && event.preventDefault(),
  drop: (event) => take(event, event.dataTransfer),
};

if (form) {
  for (const name in ON)
    on(name, (event) => form.contains(event.target) && ON[name](event));
  on("visibilitychange", () => timer && send("keep"));
  const typed = sessionStorage[key()];
  if (typed) send("files", [], JSON.parse(typed));
  measure();
}
