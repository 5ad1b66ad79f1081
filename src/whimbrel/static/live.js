// Home tells that there is more, without a reload. All of it works without this file.

const pill = document.getElementById("pill");

function show(count) {
  if (count === 0) {
    pill.replaceChildren();
    return;
  }
  const { one, many } = pill.dataset;
  const link = document.createElement("a");
  link.className = "pill bare";
  link.href = "/home";
  link.textContent = count === 1 ? one : many.replace("#", count);
  pill.replaceChildren(link);
}

if (pill?.dataset.events) {
  new EventSource(pill.dataset.events).onmessage = (event) => show(Number(event.data));
}
