// The next page comes when the end of this one is near; the link to it stays a link.
import { adopt, enliven, fetched } from "./dom.js";

const AHEAD = "800px";
let pages = 0; // that were added to this one
let busy = false;

const link = () => document.getElementById("older");

const near = new IntersectionObserver(
  (entries) => entries.some((entry) => entry.isIntersecting) && more(),
  { rootMargin: AHEAD },
);

// Adds one page; whether there was one and it came.
async function more() {
  const holder = link()?.closest(".older");
  if (!holder || busy) return false;
  busy = true;
  try {
    const list = holder.previousElementSibling;
    const page = await fetched(link().href);
    const end = page.getElementById("older")?.closest(".older");
    const same = list.id ? page.getElementById(list.id) : end?.previousElementSibling;
    const nodes = adopt(same?.children ?? []);
    list.append(...nodes);
    enliven(nodes);
    if (end) holder.replaceWith(document.importNode(end, true));
    else holder.remove();
    pages += 1;
  } catch {
    return false; // the link is still there, to be pressed
  } finally {
    busy = false;
  }
  watch();
  return true;
}

function watch() {
  near.disconnect();
  if (link()) near.observe(link());
}

// Where the reader is: the first post that is not above the window, and how far down it stands.
function place() {
  const posts = [...document.querySelectorAll("main article[id]")];
  const post = posts.find((each) => each.getBoundingClientRect().bottom > 0);
  return post && { pages, post: post.id, top: post.getBoundingClientRect().top };
}

function remember() {
  if (pages) history.replaceState({ ...history.state, place: place() }, "");
}

async function comeBack({ pages: wanted, post, top }) {
  history.scrollRestoration = "manual";
  while (pages < wanted && (await more()));
  const found = document.getElementById(post);
  if (found) scrollTo(0, scrollY + found.getBoundingClientRect().top - top);
  history.scrollRestoration = "auto";
}

const before = history.state?.place;
const [arrival] = performance.getEntriesByType("navigation");
if (link() && document.documentElement.dataset.older !== "link") {
  if (before && arrival?.type !== "navigate") await comeBack(before);
  watch();
  document.addEventListener("scrollend", remember);
  document.addEventListener("click", remember, true);
}
