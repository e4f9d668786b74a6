"use strict";
// Draws every .chart of the page from the figure inside it, in the colours of the style sheet.

const footfallCharts = (() => {
  const CONFIG = { displayModeBar: false, responsive: true };
  const TICK_PX = 7.5;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function coloured(value) {
    if (typeof value === "string") {
      return value.replace(/var\((--[a-z]+)\)/g, (_, name) => colour(name));
    }
    if (Array.isArray(value)) return value.map(coloured);
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
    }
    return value;
  }

  // Leaves as many labels as stand side by side without touching.
  function thin(axis, labels, width) {
    const longest = Math.max(...(axis.ticktext ?? labels).map((label) => label.length), 1);
    axis.nticks = Math.max(2, Math.min(12, Math.floor((width - 70) / (longest * TICK_PX + 24))));
    if (!axis.tickvals) return;
    const step = Math.ceil(axis.tickvals.length / axis.nticks);
    axis.tickvals = axis.tickvals.filter((_, index) => index % step === 0);
    axis.ticktext = axis.ticktext.filter((_, index) => index % step === 0);
  }

  function draw(chart) {
    const source = chart.querySelector("script");
    if (source) chart.figure = JSON.parse(source.textContent);
    const figure = coloured(chart.figure);
    thin(figure.layout.xaxis, figure.data[0].x, chart.clientWidth);
    Plotly.react(chart, figure.data, figure.layout, CONFIG);
    chart.classList.add("drawn");
    chart.point = -1;
    chart.onkeydown = readWithKeys;
  }

  function readWithKeys(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const chart = event.currentTarget;
    const traces = chart.figure.data.map((trace, curve) => ({ trace, curve })).filter(({ trace }) => trace.hoverinfo !== "skip");
    const { x, z } = traces[0].trace;
    const count = z ? x.length * z.length : x.length;
    chart.point = (Math.max(chart.point, step > 0 ? -1 : 0) + step + count) % count;
    // A square of a heat map is found by its place across and down alone.
    const point = z
      ? { xval: chart.point % x.length, yval: Math.floor(chart.point / x.length) }
      : { pointNumber: chart.point };
    const hovered = traces.map(({ curve }) => ({ curveNumber: curve, ...point }));
    Plotly.Fx.hover(chart, hovered);
  }

  function drawAll(within) {
    within.querySelectorAll(".chart").forEach(draw);
  }

  drawAll(document);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
  return { drawAll };
})();
