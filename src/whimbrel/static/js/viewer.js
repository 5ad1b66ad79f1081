// Pictures large, over the page. The link under each leads to the file itself.

const dialog = document.getElementById("viewer");
let links = [];
let at = 0;

function show(place) {
  at = (place + links.length) % links.length;
  const small = links[at].querySelector("img");
  const large = dialog.querySelector("img");
  large.src = links[at].href;
  large.alt = small.alt;
  dialog.querySelector("figcaption").textContent = small.alt;
  for (const button of dialog.querySelectorAll("[data-step]")) button.hidden = links.length < 2;
}

function view(link) {
  links = [...link.closest("article, main").querySelectorAll(".media figure > a")];
  show(links.indexOf(link));
  dialog.showModal();
  dialog.addEventListener("close", () => links[at].focus({ preventScroll: true }), { once: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".media figure > a");
  if (!dialog || !link?.querySelector("img")) return;
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  view(link);
});

dialog?.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]")?.dataset.step;
  if (step) show(at + Number(step));
  else if (event.target === dialog) dialog.close();
});

dialog?.addEventListener("keydown", (event) => {
  const back = document.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
  if (links.length < 2 || !event.key.startsWith("Arrow")) return;
  show(at + (event.key === back || event.key === "ArrowUp" ? -1 : 1));
});
