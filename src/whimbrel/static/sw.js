// The service worker: without a network it shows one page that says so, and push messages whenever
// they come. Of pages nothing is kept but that one, and the last home where its reader asked for
// it; signing out clears both. SHELL, what to keep and its name, is put in front by the server.
const HOME = "whimbrel-home";

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(SHELL.name).then((cache) => cache.addAll(SHELL.kept)));
});

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

async function takeOver() {
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
  for (const name of await caches.keys())
    if (name !== SHELL.name && name !== HOME) await caches.delete(name);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, pathname + search));
  else if (SHELL.kept.includes(pathname)) event.respondWith(kept(request));
});

const kept = async (request) => (await caches.match(request)) ?? fetch(request);

async function page(event, path) {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    if (path === "/home") await remember(answer);
    return answer;
  } catch {
    const home = path === "/home" && (await caches.match(path, { cacheName: HOME }));
    return home || caches.match("/offline");
  }
}

// The answer of the server says whether its reader wants to have it here. Whoever is signed out is
// sent elsewhere without that word, and then the one from before goes.
async function remember(answer) {
  if (answer.headers.get("x-keep") !== "home") return caches.delete(HOME);
  const cache = await caches.open(HOME);
  await cache.put("/home", answer.clone());
}

self.addEventListener("push", (event) => event.waitUntil(tell(event.data.json())));

async function tell({ title, body, icon, path, unread, notification_id: tag }) {
  await self.registration.showNotification(title, { body, icon, tag, data: path });
  await self.navigator.setAppBadge?.(unread);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

// A page that is open elsewhere stays: somebody may be writing there.
async function open(path) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = windows.find((each) => new URL(each.url).pathname === path);
  return same ? same.focus() : self.clients.openWindow(path);
}
