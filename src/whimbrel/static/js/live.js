// One stream tells a page that is looked at how much is new; the pill brings it, and moves nothing.
import { adopt, all, at, elsewhere, enliven, fetched, find, focus, go, make, on, top, words } from "./dom.js";

const pill = at("pill");
const bell = find('.nav a[href="/notifications"]');
const plainTitle = document.title;
let source;

function tell(said) {
  const link = find("a", pill);
  link.textContent = said;
  link.hidden = !said;
  link.ariaBusy = null;
}

function count(number) {
  navigator.setAppBadge?.(number).catch(() => undefined);
  const badge = find(".count", bell);
  const shown = number > 99 ? "99+" : number;
  badge.hidden = !number;
  badge.firstChild.data = shown;
  document.title = number ? `(${shown}) ${plainTitle}` : plainTitle;
}

function open() {
  if (source || document.hidden) return;
  const asked = pill?.dataset.on ? `?on=${pill.dataset.on}&after=${pill.dataset.newest}` : "";
  source = new EventSource(`/events${asked}`);
  source.addEventListener("posts", (event) => tell(event.data));
  source.addEventListener("told", (event) => count(Number(event.data)));
}

function close() {
  source?.close();
  source = undefined;
}

// Without a post that both pages show there would be a gap: then go.
async function bring(link) {
  const feed = at("feed");
  const posts = all("article[id]", feed);
  const read = posts.find((post) => top(post) > 0) ?? posts[0];
  const page = await fetched(link.href);
  const fresh = at("feed", page);
  find(".here", page)?.remove();
  const nodes = adopt(fresh);
  const known = fresh ? fresh.childElementCount - nodes.length : 0;
  const newest = at("pill", page)?.dataset.newest;
  if (!read || !known || !newest) return go(link.href);
  const was = top(read);
  find(".here", feed)?.remove();
  feed.prepend(...nodes, make("p", "here", words.here));
  tell("");
  enliven(nodes);
  const above = scrollY < 200; // they are what one wants to see
  const hold = () => scrollBy({ top: top(read) - was, behavior: "instant" });
  if (!above) {
    hold();
    requestAnimationFrame(hold); // the browser may have moved it, too
  }
  pill.dataset.newest = newest;
  focus(nodes.at(above ? 0 : -1));
  close();
  open();
}

pill?.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || elsewhere(event)) return;
  event.preventDefault();
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  bring(link).catch(() => go(link.href));
});

if (bell) {
  on("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close); // so that the way back is quick
  addEventListener("pageshow", open);
  open();
}
