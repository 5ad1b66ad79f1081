// Where there is room for both, a post opens beside the list that leads to it.
import { at, elsewhere, enliven, fetched, find, focus, focused, on } from "./dom.js";

const pane = at("pane");
const list = location.pathname;
const { title } = document;
let shown = list;
let from; // had the focus

async function show() {
  const path = location.pathname;
  if (path === shown) return; // only to another place of it
  shown = path;
  try {
    if (path === list) {
      pane.replaceChildren();
      document.title = title;
      history.scrollRestoration = "auto";
      focus(from);
    } else if (history.state?.list === list) {
      const page = await fetched(path, { "HX-Request": "true" });
      if (shown !== path) return;
      document.title = page.title;
      pane.replaceChildren(...page.body.children);
      enliven([pane]);
      pane.scrollTop = find(".full", pane).offsetTop - find(".bar", pane).offsetHeight;
      focus(find("h2", pane));
    } else throw path; // from a page that is no more
  } catch {
    location.reload();
  }
}

on("click", (event) => {
  const link = event.target.closest("a, #shut");
  if (!link || elsewhere(event)) return;
  const { deep = 0 } = history.state ?? {};
  if (link.id === "shut") return history.go(-deep);
  const { host, pathname, hash } = link;
  if (!pane || hash || host !== location.host || pathname === shown) return;
  if (!/^\/@[^/]+\/\d+$/.test(pathname) || !matchMedia("(min-width: 94rem)").matches) return;
  event.preventDefault();
  link.closest("[popover]")?.hidePopover();
  if (!deep) from = focused();
  history.scrollRestoration = "manual"; // the list stays where it is
  history.pushState({ list, deep: deep + 1 }, "", pathname);
  show();
});

addEventListener("popstate", show);
