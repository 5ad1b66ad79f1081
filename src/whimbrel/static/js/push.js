// Push messages: asks the browser for an address for the form.
import { worker } from "./worker.js";

const form = document.getElementById("push");
const stop = document.getElementById("push-stop");
const said = form.querySelector("[role=alert]");

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

async function forget() {
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  await subscription?.unsubscribe();
}

if (worker && "PushManager" in window) {
  form.hidden = false;
  document.querySelector("[data-without-push]")?.closest(".note").remove();
  form.addEventListener("submit", (event) => {
    if (stop) return; // it is told already: the form does the rest
    event.preventDefault();
    subscribe();
  });
  stop?.addEventListener("click", forget);
}
