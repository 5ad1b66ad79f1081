// HTML of our own server becomes nodes here and nowhere else (Trusted Types watches).
import htmx from "../vendor/htmx.js";

const asIs = { createHTML: (html) => html };
const policy = window.trustedTypes?.createPolicy("whimbrel", asIs) ?? asIs;

htmx.registerExtension("whimbrel", { init: (inside) => inside.initSecurity(policy) });

export const at = (id, within = document) => within.getElementById(id);
export const find = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const top = (node) => node.getBoundingClientRect().top;
export const bottom = (node) => node.getBoundingClientRect().bottom;
export const go = (address) => location.assign(address);
const root = document.documentElement;
export const wishes = root.dataset; // how the reader likes pages
export const words = at("live")?.dataset ?? {};
export const focus = (node) => node?.focus({ preventScroll: true });
export const focused = () => document.activeElement;
// Another tab or window is wanted, or a download.
export const elsewhere = (press) =>
  press.button || press.ctrlKey || press.metaKey || press.shiftKey || press.altKey;
export const on = (name, act) => document.addEventListener(name, act);
export const clock = () => new Date().toLocaleTimeString(root.lang, { timeStyle: "short" });

export const parsed = (html) =>
  new DOMParser().parseFromString(policy.createHTML(html), "text/html");

// A page of ours. Throws where it cannot be had.
export async function fetched(address, more) {
  const answer = await fetch(address, { headers: { accept: "text/html", ...more } });
  if (!answer.ok || answer.redirected) throw answer; // that is: to sign in
  return parsed(await answer.text());
}

// What is in a list of a fetched page, and not here already.
export const adopt = (list) => [...(list?.children ?? [])].filter(({ id }) => !at(id));
export const enliven = (nodes) => nodes.forEach((node) => htmx.process(node));

export function make(tag, className, textContent = "") {
  return Object.assign(document.createElement(tag), { className, textContent });
}
