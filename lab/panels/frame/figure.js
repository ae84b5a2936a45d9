// Draws a plotly figure. plotly's script has five megabytes: the kernel sends it once, compressed, in a widget that
// holds nothing else, and a page evaluates it once for all its charts.

const PATIENCE = 5000; // ms; a reloaded page finds its widgets one by one
const CONFIG = { displayModeBar: false };

async function held(model) {
  try {
    return (await model.widget_manager.get_model(model.get("holder"))).get("value");
  } catch {
    return undefined;
  }
}

function asked(model) {
  return new Promise((resolve) => {
    const hear = (message, buffers) => {
      if (!message.plotly) return;
      model.off("msg:custom", hear);
      resolve(buffers[0]);
    };
    model.on("msg:custom", hear);
    model.send({ ask: "plotly" });
  });
}

async function compressed(model) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
    const bytes = await held(model);
    if (bytes?.byteLength) return bytes;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return asked(model); // where the widgets of other cells are out of reach, or this one was closed
}

async function script(model) {
  const unpacking = new DecompressionStream("gzip");
  return new Response(new Blob([await compressed(model)]).stream().pipeThrough(unpacking)).text();
}

async function evaluated(model) {
  // as a module that looks like Node's, so that it neither replaces the page's own plotly nor calls require.js
  const before = globalThis.Plotly;
  const head = "const module = { exports: {} }, exports = module.exports, define = undefined;\n";
  const parts = [head, await script(model), "\nexport default module.exports;"];
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
    if (before) globalThis.Plotly = before;
  }
}

function plotly(model) {
  const versions = (globalThis.pawlabPlotly ??= {});
  const version = model.get("plotly");
  versions[version] ??= evaluated(model).catch((error) => {
    delete versions[version]; // the next chart tries again
    throw error;
  });
  return versions[version];
}

function clicked({ points }) {
  return points.map(({ curveNumber, pointNumber, x }) => ({ trace: curveNumber, point: pointNumber, x }));
}

async function render({ model, el }) {
  const plot = document.createElement("div");
  el.append(plot);
  const reserve = () => (el.style.minHeight = `${model.get("frame").height}px`); // nothing jumps when it is drawn
  reserve();

  let Plotly, removed, drawing, stale, width;
  // plotly changes what it is given, and measures its place: it gets copies, once it stands on the page.
  const draw = async () => {
    stale = true;
    if (!Plotly || drawing || !el.clientWidth) return;
    drawing = true;
    try {
      while (stale && !removed) {
        stale = false;
        width = el.clientWidth;
        reserve();
        const { traces, frame } = structuredClone({ traces: model.get("traces"), frame: model.get("frame") });
        const first = !plot.on;
        await Plotly.react(plot, traces, { width, uirevision: "kept", ...frame }, CONFIG);
        if (first) plot.on("plotly_click", (event) => model.send({ click: clicked(event) }));
      }
    } finally {
      drawing = false;
    }
  };
  // what came while it was hidden is drawn when it appears again
  const resized = new ResizeObserver(() => (stale || el.clientWidth !== width) && draw());
  resized.observe(el);
  model.on("change", draw); // once for a message that brings both
  plotly(model).then(
    (script) => {
      Plotly = script;
      return draw();
    },
    (error) => {
      plot.textContent = globalThis.DecompressionStream
        ? "This chart cannot be drawn: plotly's script did not arrive. Run the cell again."
        : "This chart needs a newer browser: Chrome 80, Firefox 113 or Safari 16.4.";
      console.error("pawlab:", error);
    },
  );
  return () => {
    removed = true;
    resized.disconnect();
    model.off("change", draw);
    Plotly?.purge(plot);
  };
}

export default { render };
