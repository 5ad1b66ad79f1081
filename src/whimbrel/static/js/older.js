// The next page comes when the end is near; the link to it stays.
import { adopt, all, at, bottom, enliven, fetched, on, top, wishes } from "./dom.js";

let pages = 0; // that were added to this one
let busy;

const link = () => at("older");

const near = new IntersectionObserver(
  (entries) => entries.some((entry) => entry.isIntersecting) && more(),
  { rootMargin: "800px" },
);

// Adds one page; whether it came.
async function more() {
  const holder = link()?.closest(".older");
  if (!holder || busy) return;
  busy = true;
  try {
    const list = holder.previousElementSibling;
    const page = await fetched(link().href);
    const end = at("older", page)?.closest(".older");
    const nodes = adopt(at(list.id, page) ?? end?.previousElementSibling);
    list.append(...nodes);
    enliven(nodes);
    if (end) holder.replaceWith(end);
    else holder.remove();
    pages += 1;
    watch();
    return true;
  } catch {
    // the link is still there, to be pressed
  } finally {
    busy = false;
  }
}

function watch() {
  near.disconnect();
  if (link()) near.observe(link());
}

// The first post that is not above the window, and how far down it stands.
function remember() {
  const post = all("main article[id]").find((each) => bottom(each) > 0);
  const place = post && { pages, post: post.id, top: top(post) };
  if (pages) history.replaceState({ ...history.state, place }, "");
}

async function comeBack({ pages: wanted, post, top: was }) {
  history.scrollRestoration = "manual";
  while (pages < wanted && (await more()));
  const found = at(post);
  if (found) scrollBy(0, top(found) - was);
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
