// Short messages: read out, gone after a while, never under somebody's hands.
import { find, make, words } from "./dom.js";

const STAYS = 6000; // ms
const region = find("#toasts");

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(leave, 1000, toast);
  else toast.remove();
}

// Those that come with an answer of the server leave as well.
if (region) {
  new MutationObserver(() => {
    for (const toast of region.children) setTimeout(leave, STAYS, toast);
  }).observe(region, { childList: true });
}

// Says what went wrong. `again` is called when its button is pressed.
export function complain(text, again) {
  const toast = make("div", "toast bad");
  toast.append(make("span", "grow", text || words.failed));
  if (again) {
    const button = make("button", "btn", words.again);
    button.onclick = () => {
      toast.remove();
      again();
    };
    toast.append(button);
  }
  region?.append(toast);
}
