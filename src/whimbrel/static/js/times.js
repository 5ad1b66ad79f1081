// "3 min" grows old on an open page: one timer for all of them.
import { all, on, words } from "./dom.js";

const UNITS = { days: 86400, hours: 3600, minutes: 60, now: -60 }; // seconds

function refresh() {
  if (document.hidden) return;
  for (const time of all(".post-head time, .nt time")) {
    const age = (Date.now() - Date.parse(time.dateTime)) / 1000;
    const unit = Object.keys(UNITS).find((each) => age >= UNITS[each]);
    if (unit && age < 7 * UNITS.days)
      time.textContent = words[unit].replace("#", Math.floor(age / UNITS[unit]));
  }
}

if (words.now) {
  setInterval(refresh, 60_000);
  on("visibilitychange", refresh);
}
