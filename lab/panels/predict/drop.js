// A file that is dropped anywhere on the panel goes to the kernel as it is; the panel is framed while one hovers.

const LARGEST = 10_000_000; // bytes; a larger message ends the connection to most servers

function render({ model, el }) {
  let panel = null;
  const hover = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault(); // else the browser would open the file in place of the notebook
    event.dataTransfer.dropEffect = "copy";
    panel.classList.add("paw-drop");
  };
  const leave = (event) => {
    if (!panel.contains(event.relatedTarget)) panel.classList.remove("paw-drop");
  };
  const drop = async (event) => {
    panel.classList.remove("paw-drop");
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    const fits = file.size <= LARGEST;
    model.send({ name: file.name, fits }, undefined, fits ? [await file.arrayBuffer()] : []);
  };
  const events = { dragover: hover, dragleave: leave, drop };
  const later = requestAnimationFrame(() => {
    panel = el.closest(".paw-panel"); // it stands on the page only now
    for (const [name, act] of Object.entries(events)) panel?.addEventListener(name, act);
  });
  return () => {
    cancelAnimationFrame(later);
    for (const [name, act] of Object.entries(events)) panel?.removeEventListener(name, act);
  };
}

export default { render };
