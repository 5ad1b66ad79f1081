// Small forms without a reload: a press shows at once, and is taken back when it did not get there.
import { parsed, words } from "./dom.js";
import { complain } from "./toasts.js";

const flipped = new WeakMap(); // request: how its button stood

function flip(button) {
  const was = button.getAttribute("aria-pressed");
  if (was) button.setAttribute("aria-pressed", was === "true" ? "false" : "true");
  return was;
}

function undo({ ctx }, text) {
  ctx.swap = "none";
  const button = ctx.request.submitter;
  const was = flipped.get(ctx);
  if (button?.isConnected && was) button.setAttribute("aria-pressed", was);
  complain(text, button?.isConnected ? () => button.click() : undefined);
}

// A form of several buttons goes where the one that was pressed says, and changes that alone.
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const { form, submitter } = ctx.request;
  if (!form || ctx.request.method !== "POST") return;
  ctx.request.action = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  if (form.matches(".actions")) ctx.target = submitter;
});

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const button = ctx.request.submitter;
  if (button) flipped.set(ctx, flip(button));
});

// The page of an error says what was wrong.
document.addEventListener("htmx:response:error", ({ detail }) => {
  undo(detail, parsed(detail.ctx.text).querySelector("main h1 + p")?.textContent);
});

// Signed out meanwhile: the answer is the way in, not a button.
document.addEventListener("htmx:before:response", (event) => {
  const { redirected, url } = event.detail.ctx.response.raw;
  if (!redirected || !new URL(url).pathname.startsWith("/auth/")) return;
  event.preventDefault();
  location.assign(url);
});

document.addEventListener("htmx:error", ({ detail }) => {
  if (detail.ctx) undo(detail, navigator.onLine ? words.failed : words.offline);
});

// What was pressed may be gone: the focus goes on to what stands in its place.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const place = ctx.target?.id && document.getElementById(ctx.target.id);
  if (place && document.activeElement === document.body)
    (place.querySelector("a, button, [tabindex]") ?? place).focus({ preventScroll: true });
});
