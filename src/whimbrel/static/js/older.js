// The next page comes when the end is near; the link to it stays.
import { adopt, all, at, bottom, enliven, fetched, on, own, top, wishes } from "./dom.js";

const AHEAD = "800px";
let pages = 0; // that were added to this one
let busy = false;

const link = () => at("older");

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
    const end = at("older", page)?.closest(".older");
    const same = at(list.id, page) ?? end?.previousElementSibling;
    const nodes = adopt(same);
    list.append(...nodes);
    enliven(nodes);
    if (end) holder.replaceWith(own(end));
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

// The first post that is not above the window, and how far down it stands.
function place() {
  const post = all("main article[id]").find((each) => bottom(each) > 0);
  return post && { pages, post: post.id, top: top(post) };
}

function remember() {
  if (pages) history.replaceState({ ...history.state, place: place() }, "");
}

async function comeBack({ pages: wanted, post, top: was }) {
  history.scrollRestoration = "manual";
  while (pages < wanted && (await more()));
  const found = at(post);
  if (found) scrollTo(0, scrollY + top(found) - was);
  history.scrollRestoration = "auto";
}

const before = history.state?.place;
const [arrival] = performance.getEntriesByType("navigation");
if (link() && wishes.older !== "link") {
  if (before && arrival?.type !== "navigate") await comeBack(before);
  watch();
  on("scrollend", remember);
  on("click", remember);
}
