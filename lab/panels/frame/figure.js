// plotly's own script has five megabytes. The kernel sends it once, in a widget that holds nothing else, and a page
// evaluates it once for all its charts. What the kernel tells a chart until then is kept and told again: anywidget
// gives up a widget that is not ready within two seconds, and on a slow computer its chart would stay empty.

const TOLD = [
  "_py2js_addTraces",
  "_py2js_restyle",
  "_py2js_relayout",
  "_py2js_update",
  "_py2js_animate",
  "_py2js_deleteTraces",
  "_py2js_moveTraces",
  "_py2js_removeLayoutProps",
  "_py2js_removeTraceProps",
];

const PATIENCE = 5000; // ms; a reloaded page finds its widgets one by one

async function held(model) {
  try {
    return (await model.widget_manager.get_model(model.get("_script"))).get("value");
  } catch {
    return undefined;
  }
}

function asked(model) {
  return new Promise((came) => {
    const heard = (message) => {
      if (!message.plotly) return;
      model.off("msg:custom", heard);
      came(message.plotly);
    };
    model.on("msg:custom", heard);
    model.send({ ask: "plotly" });
  });
}

async function script(model) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
    const text = await held(model);
    if (text) return text;
    await new Promise((again) => setTimeout(again, 100));
  }
  return asked(model); // where the widgets of other cells are out of reach, or this one was closed
}

async function evaluated(model) {
  const url = URL.createObjectURL(new Blob([await script(model)], { type: "text/javascript" }));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function plotly(model) {
  const versions = (globalThis.pawlabPlotly ??= {});
  const version = model.get("_plotly");
  versions[version] ??= evaluated(model).catch((error) => {
    delete versions[version]; // the next chart tries again
    throw error;
  });
  return versions[version];
}

async function made(model) {
  const kept = [];
  const ears = TOLD.map((name) => {
    const ear = () => model.get(name) && kept.push([name, model.get(name)]);
    model.on(`change:${name}`, ear);
    return [`change:${name}`, ear];
  });
  const figure = (await plotly(model))();
  for (const [event, ear] of ears) model.off(event, ear);
  const handlers = {};
  let again = []; // what is told again; setting it in the model would send it back to the kernel
  const heard = Object.assign(Object.create(model), {
    get: (name) => (name === again[0] ? again[1] : model.get(name)),
    on: (event, handler) => {
      handlers[event] = handler;
      model.on(event, handler);
    },
  });
  figure.initialize({ model: heard });
  for (again of kept) handlers[`change:${again[0]}`]();
  again = [];
  return figure;
}

// A property that was taken back is left in plotly's model as undefined, and its first drawing stumbles over that.
function withoutGaps(part) {
  for (const [key, value] of Object.entries(part)) {
    if (value === undefined || value === null) delete part[key];
    else if (Object.getPrototypeOf(value) === Object.prototype) withoutGaps(value);
  }
}

export default () => {
  let figure;
  return {
    initialize({ model }) {
      figure = made(model);
      figure.catch((error) => console.error("pawlab: plotly's script did not come", error));
    },
    async render(context) {
      const drawing = await figure;
      context.model.get("_widget_data").forEach(withoutGaps);
      return drawing.render(context);
    },
  };
};
