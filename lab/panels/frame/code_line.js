// The line of code with its copy button; which theme the page has, told to the kernel; and help for keys and readers.

function isDark(element) {
  for (let node = element; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor.match(/[\d.]+/g);
    if (!colour || (colour.length > 3 && Number(colour[3]) === 0)) continue;
    const [red, green, blue] = colour.map(Number);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// What ipywidgets leaves out: a slider's name stands beside it only, so that its handle and its number have none
// for a screen reader; and in a list JupyterLab takes the arrow keys, to go to the next cell.
function helpKeysAndReaders(panel) {
  for (const slider of panel.querySelectorAll(".widget-slider")) {
    const name = slider.querySelector(".widget-label")?.textContent ?? "";
    slider.querySelector(".widget-readout")?.setAttribute("role", "textbox");
    for (const part of slider.querySelectorAll(".noUi-handle, .widget-readout")) part.setAttribute("aria-label", name);
  }
  for (const list of panel.querySelectorAll("select")) list.dataset.lmSuppressShortcuts = "true";
}

function render({ model, el }) {
  const code = document.createElement("code");
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "paw-copy";
  copy.textContent = "Copy";
  copy.setAttribute("aria-label", "copy this line of Python");
  el.append(code, copy);

  const show = () => {
    const line = model.get("code");
    code.textContent = line;
    code.hidden = copy.hidden = !line;
  };
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(model.get("code"));
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code); // no right to the clipboard here: Ctrl-C will do
      copy.textContent = "Selected";
    }
    setTimeout(() => (copy.textContent = "Copy"), 1200);
  });
  model.on("change:code", show);
  show();

  const tell = () => {
    if (!el.isConnected) return;
    const theme = isDark(el.closest(".paw-panel")?.parentElement ?? el) ? "dark" : "light";
    if (model.get("theme") === theme) return;
    model.set("theme", theme);
    model.save_changes();
  };
  const later = () => setTimeout(tell, 150); // the page's own style sheets change a little after its attributes
  const observer = new MutationObserver(later);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, { attributes: true });
  }
  requestAnimationFrame(tell);

  const watch = () => {
    const panel = el.closest(".paw-panel");
    if (!panel) return;
    helpKeysAndReaders(panel);
    panel.onfocusin = () => helpKeysAndReaders(panel); // names change, and views are made later
  };
  for (const wait of [0, 100, 500]) setTimeout(watch, wait);
  return () => {
    observer.disconnect();
    model.off("change:code", show);
  };
}

export default { render };
