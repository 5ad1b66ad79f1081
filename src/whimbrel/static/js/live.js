// One stream tells a page that is looked at how much is new; the pill brings it, and moves nothing.
import { adopt, all, enliven, fetched, find, focus, make, on, top, words } from "./dom.js";

const pill = find("#pill");
const bell = find('.nav a[href="/notifications"]');
const plainTitle = document.title;
let source;

function tell(said) {
  if (!said) return pill.replaceChildren();
  const link = make("a", "pill bare", said);
  link.href = location.pathname;
  pill.replaceChildren(link);
}

function count(number) {
  navigator.setAppBadge?.(number).catch(() => undefined);
  find(".count", bell)?.remove();
  document.title = number ? `(${number > 99 ? "99+" : number}) ${plainTitle}` : plainTitle;
  if (!number) return;
  const badge = make("span", "count", number > 99 ? "99+" : number);
  badge.append(make("span", "vh", ` ${words.new}`));
  bell.append(badge);
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
  const feed = find("#feed");
  const posts = all("#feed article[id]");
  const read = posts.find((post) => top(post) > 0) ?? posts[0];
  const page = await fetched(link.href);
  const fresh = page.getElementById("feed");
  const nodes = adopt(fresh?.children ?? []);
  const known = fresh ? fresh.childElementCount - nodes.length : 0;
  const newest = page.getElementById("pill")?.dataset.newest;
  if (!read || !known || !newest) return location.assign(link.href);
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

pill?.addEventListener("click", async (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  try {
    await bring(link);
  } catch {
    location.assign(link.href);
  }
});

if (bell) {
  on("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close); // so that the way back is quick
  addEventListener("pageshow", open);
  open();
}
