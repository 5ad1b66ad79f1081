// One stream for each page that is being looked at: how much is new, never what. The pill asks
// for it, and puts it in above without moving what is read.
import { adopt, enliven, fetched, make, words } from "./dom.js";

const pill = document.getElementById("pill");
const bell = document.querySelector('.nav a[href="/notifications"]');
const plainTitle = document.title;
let source;

function tell(said) {
  if (!said) return pill.replaceChildren();
  const link = make("a", "pill bare", said);
  link.href = location.pathname;
  pill.replaceChildren(link);
}

function count(number) {
  navigator.setAppBadge?.(number).catch(() => undefined); // not every app on a device may
  bell.querySelector(".count")?.remove();
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

// Puts what is new in above. Without a post that both pages show there would be a gap: then go.
async function bring(link) {
  const feed = document.getElementById("feed");
  const posts = [...(feed?.querySelectorAll("article[id]") ?? [])];
  const read = posts.find((post) => post.getBoundingClientRect().top > 0) ?? posts[0];
  const page = await fetched(link.href);
  const fresh = page.getElementById("feed");
  const nodes = adopt(fresh?.children ?? []);
  const known = fresh ? fresh.childElementCount - nodes.length : 0;
  const newest = page.getElementById("pill")?.dataset.newest;
  if (!read || !known || !newest) return location.assign(link.href);
  const was = read.getBoundingClientRect().top;
  feed.querySelector(".here")?.remove();
  feed.prepend(...nodes, make("p", "here", words.here));
  tell("");
  enliven(nodes);
  const above = scrollY < 200; // at the top they are what one wants to see
  const hold = () => scrollBy({ top: read.getBoundingClientRect().top - was, behavior: "instant" });
  if (!above) {
    hold();
    requestAnimationFrame(hold); // the browser may have held on to something as well
  }
  pill.dataset.newest = newest;
  (above ? nodes[0] : nodes.at(-1))?.focus({ preventScroll: true });
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
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close); // so that the browser may keep the page for the way back
  addEventListener("pageshow", open);
  open();
}
