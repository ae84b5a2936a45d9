// Draws the charts of a page that was a notebook.
document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll(".paw-figure")) {
    const { data, layout } = JSON.parse(place.querySelector("script").textContent);
    place.replaceChildren();
    Plotly.newPlot(place, data, layout, { responsive: true, displaylogo: false });
  }
});
