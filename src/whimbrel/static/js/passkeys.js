// Passkeys: the server says what to ask the device, and gets its answer along with the form.

async function ask(form) {
  const said = form.querySelector("[role=alert]");
  said.textContent = "";
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.options, { method: "POST", body });
    if (!answer.ok) throw new Error(answer.status);
    const options = await answer.json();
    const create = form.dataset.passkey === "create";
    const kind = create ? "Creation" : "Request";
    const publicKey = PublicKeyCredential[`parse${kind}OptionsFromJSON`](options);
    const given = await navigator.credentials[create ? "create" : "get"]({ publicKey });
    form.elements.answer.value = JSON.stringify(given);
    form.submit();
  } catch {
    said.textContent = form.dataset.failed; // stopped by its owner, the device or the network
  }
}

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    form.onsubmit = (event) => {
      event.preventDefault();
      ask(form);
    };
  }
  for (const words of document.querySelectorAll("[data-without-passkeys]")) words.hidden = true;
}
