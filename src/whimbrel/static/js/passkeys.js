// Passkeys: asks the server what to ask the device, and sends what it answers along with the form.
// Without this script, or in a browser that cannot, there are no such forms.

const can = window.PublicKeyCredential?.parseRequestOptionsFromJSON !== undefined

async function ask(form) {
  const said = form.querySelector("[role=alert]")
  said.textContent = ""
  try {
    const body = new URLSearchParams(new FormData(form))
    const answer = await fetch(form.dataset.options, { method: "POST", body })
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`)
    const options = await answer.json()
    const given =
      form.dataset.passkey === "create"
        ? await navigator.credentials.create({
            publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
          })
        : await navigator.credentials.get({
            publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
          })
    form.elements.answer.value = JSON.stringify(given)
    form.submit()
  } catch {
    // Stopped by its owner, refused by the device, or the network is gone: all they can do is retry.
    said.textContent = form.dataset.failed
  }
}

if (can) {
  for (const place of document.querySelectorAll("[data-passkey]")) {
    const form = document.createElement("form")
    form.method = "post"
    form.action = place.dataset.action
    form.className = place.className
    Object.assign(form.dataset, place.dataset)
    form.append(...place.childNodes)
    place.replaceWith(form)
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      ask(form)
    })
  }
  for (const words of document.querySelectorAll("[data-without-passkeys]")) words.hidden = true
}
