// One stream tells a page that is looked at how much is new; the pill brings it, and moves nothing.
import { adopt, all, at, elsewhere, enliven, fetched, find, focus, go, on, top } from "./dom.js";

const pill = at("pill");
const more = find("#pill a");
const bell = find('.nav a[href="/notifications"]');
let source;

function tell(said) {
  more.textContent = said;
  more.hidden = !said;
  more.ariaBusy = null;
}

function count(number) {
  navigator.setAppBadge?.(number).catch(() => undefined);
  const badge = find(".count", bell);
  const shown = number > 99 ? "99+" : number;
  badge.hidden = !number;
  badge.firstChild.data = shown;
  document.title = (number ? `(${shown}) ` : "") + document.title.replace(/^\(\S+ /, "");
}

function open() {
  if (source || document.hidden) return;
  const { on: feed, newest } = pill?.dataset ?? {};
  source = new EventSource(`/events${feed ? `?on=${feed}&after=${newest}` : ""}`);
  source.addEventListener("posts", ({ data }) => tell(data));
  source.addEventListener("told", ({ data }) => count(Number(data)));
}

function close() {
  source?.close();
  source = undefined;
}

// Without a post that both pages show there would be a gap: then go.
async function bring() {
  const feed = at("feed");
  const posts = all("article[id]", feed);
  const read = posts.find((post) => top(post) > 0) ?? posts[0];
  const page = await fetched(more.href);
  const fresh = at("feed", page);
  const whole = fresh?.childElementCount;
  const nodes = adopt(fresh);
  const newest = at("pill", page)?.dataset.newest;
  if (!read || whole === nodes.length || !newest) return go(more.href);
  const was = top(read);
  all(".here", feed).forEach((line) => line.remove());
  feed.prepend(...nodes);
  tell("");
  enliven(nodes);
  const above = scrollY < 200; // they are what one wants to see
  const hold = () => scrollBy({ top: top(read) - was, behavior: "instant" });
  if (!above) {
    hold();
    requestAnimationFrame(hold); // the browser may have moved it, too
  }
  pill.dataset.newest = newest;
  more.href = more.href.replace(/\d+$/, newest);
  focus(nodes.filter(({ id }) => id).at(above ? 0 : -1));
  close();
  open();
}

more?.addEventListener("click", (event) => {
  if (elsewhere(event)) return;
  event.preventDefault();
  if (more.ariaBusy) return;
  more.ariaBusy = "true";
  bring().catch(() => go(more.href));
});

if (bell) {
  on("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close); // so that the way back is quick
  addEventListener("pageshow", open);
  open();
}
