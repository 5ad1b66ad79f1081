// Push messages: asks the browser for an address for the form.
import { at, find } from "./dom.js";
import { worker } from "./worker.js";

const form = at("push");
const stop = at("push-stop");
const said = find("[role=alert]", form);

async function subscribe() {
  said.textContent = "";
  try {
    await worker;
    const { pushManager } = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: form.dataset.key };
    const { endpoint, keys } = (await pushManager.subscribe(options)).toJSON();
    for (const [name, value] of Object.entries({ endpoint, ...keys })) form[name].value = value;
    form.submit();
  } catch {
    said.textContent = form.dataset.failed; // the owner or the push service
  }
}

if (worker && "PushManager" in window) {
  form.hidden = false;
  find("[data-without-push]")?.closest(".note").remove();
  form.onsubmit = (event) => {
    if (stop) return; // it is told already: the form does the rest
    event.preventDefault();
    subscribe();
  };
  if (stop)
    stop.onclick = async () => {
      const { pushManager } = (await navigator.serviceWorker.getRegistration()) ?? {};
      (await pushManager?.getSubscription())?.unsubscribe();
    };
}
