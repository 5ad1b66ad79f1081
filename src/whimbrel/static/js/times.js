// "3 min" grows old on an open page: one timer for all of them.
import { words } from "./dom.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function ago(age) {
  if (age < MINUTE) return words.now;
  if (age < HOUR) return words.minutes.replace("#", Math.floor(age / MINUTE));
  if (age < DAY) return words.hours.replace("#", Math.floor(age / HOUR));
  return words.days.replace("#", Math.floor(age / DAY));
}

function refresh() {
  for (const time of document.querySelectorAll(".post-head time, .nt time")) {
    const age = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (age > -MINUTE && age < 7 * DAY) time.textContent = ago(age);
  }
}

if (words.now) {
  setInterval(() => document.hidden || refresh(), MINUTE * 1000);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}
