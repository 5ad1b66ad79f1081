// Passkeys: the server says what to ask the device, and gets its answer along with the form.
async function ask(form) {
  const said = form.querySelector("[role=alert]");
  const { dataset, elements } = form;
  said.textContent = "";
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(dataset.options, { method: "POST", body });
    if (!answer.ok) throw answer;
    const create = dataset.passkey === "create";
    const kind = create ? "Creation" : "Request";
    const publicKey = PublicKeyCredential[`parse${kind}OptionsFromJSON`](await answer.json());
    const given = await navigator.credentials[create ? "create" : "get"]({ publicKey });
    elements.answer.value = JSON.stringify(given);
    form.submit();
  } catch {
    said.textContent = dataset.failed; // stopped by its owner, the device or the network
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
