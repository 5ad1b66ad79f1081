// Short messages: read out; style lets them go.
import { at, make, words } from "./dom.js";

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
  at("toasts").append(toast);
}
