// Pictures large, over the page. The link under each leads to the file itself.
import { all, elsewhere, find, focus, on } from "./dom.js";

const PICTURES = ".media figure > a";
const dialog = find("#viewer");
let links = [];
let shown = 0;

function show(place) {
  shown = (place + links.length) % links.length;
  const link = links[shown];
  const { alt } = find("img", link);
  Object.assign(find("img", dialog), { src: link.href, alt });
  find("figcaption", dialog).textContent = alt;
}

on("click", (event) => {
  const link = event.target.closest(PICTURES);
  if (!dialog || !link?.querySelector("img") || elsewhere(event)) return;
  event.preventDefault();
  links = all(PICTURES, link.closest("article, main"));
  for (const button of all("[data-step]", dialog)) button.hidden = !links[1];
  show(links.indexOf(link));
  dialog.showModal();
});

if (dialog) {
  dialog.onclose = () => focus(links[shown]);
  dialog.onclick = ({ target }) => {
    const step = target.closest("[data-step]")?.dataset.step;
    if (step) show(shown + Number(step));
  };
  dialog.onkeydown = ({ key }) => {
    const back = document.dir === "rtl" ? /Right|Up/ : /Left|Up/;
    if (/^Arrow/.test(key)) show(shown + (back.test(key) ? -1 : 1));
  };
}
