// Short messages: read out; style lets them go, a list under Notifications keeps them.
import { at, clock, find, make, words } from "./dom.js";

const toasts = at("toasts");
const said = JSON.parse(sessionStorage.said ?? "[]");
const list = at("said");

if (list && said[0]) {
  list.append(...said.map((each) => make("li", "", each)));
  list.parentNode.hidden = false;
}

const keep = ([{ addedNodes }]) => {
  if (!addedNodes[0]) return;
  said.unshift(`${clock()} ${find("span", addedNodes[0]).textContent}`);
  sessionStorage.said = JSON.stringify(said.slice(0, 20));
};
if (toasts) new MutationObserver(keep).observe(toasts, { childList: true });

// Says what went wrong. Its button calls `again`.
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
  toasts.append(toast);
}
