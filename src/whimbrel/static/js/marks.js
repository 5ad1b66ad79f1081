// Small forms without a reload: a press shows at once, and is taken back when it fails.
import { all, at, find, focus, focused, on, parsed, words } from "./dom.js";
import { complain } from "./toasts.js";

function undo({ ctx }, text) {
  ctx.swap = "none";
  const button = ctx.request.submitter;
  const there = button?.isConnected;
  if (there && ctx.was) button.ariaPressed = ctx.was;
  complain(text, there && (() => button.click()));
}

// The button that was pressed says where the form goes, and changes alone.
on("htmx:config:request", ({ detail: { ctx } }) => {
  const { form, submitter, method } = ctx.request;
  if (!form || method !== "POST") return;
  ctx.request.action = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  if (form.matches(".actions")) ctx.target = submitter;
});

on("htmx:before:request", ({ detail: { ctx } }) => {
  const button = ctx.request.submitter;
  ctx.was = button?.ariaPressed;
  if (ctx.was) button.ariaPressed = ctx.was !== "true";
});

// The page of an error says what was wrong.
on("htmx:response:error", ({ detail }) =>
  undo(detail, find("main h1 + p", parsed(detail.ctx.text))?.textContent));

on("htmx:error", ({ detail }) => {
  if (detail.ctx) undo(detail, navigator.onLine ? words.failed : words.offline);
});

// A post may stand twice, boosted or beside the list: what is pressed on one is on the other.
function mirror(button, was) {
  if (!button?.matches(".act") || !was) return;
  for (const twin of all(`.act[formaction="${was}"]`))
    twin.replaceWith(Object.assign(button.cloneNode(true), { id: twin.id }));
}

// What was pressed may be gone: the focus goes to what is in its place.
on("htmx:after:swap", ({ detail: { ctx } }) => {
  const place = at(ctx.target?.id);
  mirror(place, ctx.request.submitter?.getAttribute("formaction"));
  if (place && focused() === document.body)
    focus(find("a, button, [tabindex]", place) ?? place);
});
