// People, tags and emojis offered while one types: taken by key, finger or mouse.
import { all, at, fetched, find, on } from "./dom.js";

const BEGUN = /(?<![\p{L}\p{N}_/@:])[@#:][^\s#:]+$/u;
let timer;

const begun = ({ value, selectionStart: end }) => BEGUN.exec(value.slice(0, end))?.[0];
const chosen = () => find("#c-names:popover-open [aria-selected=true]");

function mark(option) {
  for (const each of option.parentNode.children) each.ariaSelected = each === option;
  at("c-text").setAttribute("aria-activedescendant", option.id);
}

function show(options = [], said = "") {
  const list = at("c-names");
  list.replaceChildren(...options);
  list.togglePopover(!!said);
  at("c-found").textContent = said;
  if (said) mark(options[0]);
}

async function ask(field) {
  const word = begun(field);
  if (!word) return show();
  const page = await fetched(`/search/names?q=${encodeURIComponent(word)}`);
  const options = all("li", page);
  if (begun(field) === word) show(options, options[0] && find("p", page).textContent);
}

function take({ dataset }) {
  const field = at("c-text");
  const end = field.selectionStart;
  field.setRangeText(`${dataset.word} `, end - begun(field).length, end, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  show();
}

const KEYS = {
  ArrowDown: (now) => mark(now.nextSibling ?? now.parentNode.firstChild),
  ArrowUp: (now) => mark(now.previousSibling ?? now.parentNode.lastChild),
  Enter: take,
  Tab: take,
};

on("input", ({ target }) => {
  clearTimeout(timer);
  if (chosen()) chosen().ariaSelected = null;
  if (target.id === "c-text") timer = setTimeout(ask, 150, target);
});
on("keydown", (event) => {
  const act = chosen() && KEYS[event.key];
  if (!act || event.isComposing) return;
  event.preventDefault();
  act(chosen());
});
on("click", ({ target }) => {
  const option = target.closest("#c-names li");
  if (option) take(option);
});
