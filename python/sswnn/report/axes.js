"use strict";
// What plots are made of: scales of axes, ticks, numbers as text, colours; and the drawing of the axes themselves.
const sswnnAxes = (() => {
  const SCALE = ["#5e4fa2", "#3a78b5", "#2a9d8f", "#7bbf4a", "#e9b824"];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const element = (tag, kind, text) => Object.assign(document.createElement(tag), { className: kind, textContent: text ?? "" });
  const to = (axis, v) => (v === null || v === undefined ? NaN : axis.log ? (v > 0 ? Math.log10(v) : NaN) : v);
  const back = (axis, v) => (axis.log ? 10 ** v : v);

  function shade(t) {
    const k = Math.min(Math.floor(t * 4), 3), f = t * 4 - k;
    const part = (c, n) => parseInt(c.slice(1 + 2 * n, 3 + 2 * n), 16);
    return `rgb(${[0, 1, 2].map((n) => Math.round(part(SCALE[k], n) * (1 - f) + part(SCALE[k + 1], n) * f)).join(",")})`;
  }

  function show(v, step) {
    if (v === 0) return "0";
    const size = Math.abs(v);
    const text = size >= 1e6 || size < 1e-4 ? v.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e")
      : step ? v.toFixed(Math.max(0, Math.min(10, -Math.floor(Math.log10(step) + 1e-9)))) : String(Number(v.toPrecision(5)));
    return text.replace(/-/g, "−");
  }

  function ticks(axis, [a, b], most) {
    if (axis.log && b - a > 1) {
      const every = Math.ceil((b - a) / most), found = [];
      for (let k = Math.ceil(a); k <= b; k += every) found.push([k, show(10 ** k)]);
      return found;
    }
    const [low, high] = [back(axis, a), back(axis, b)];
    const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push([to(axis, k * step), show(k * step, step)]);
    return found;
  }

  function drawAxes(c, plot, MARGIN, HEIGHT) {
    const bottom = MARGIN.top + plot.h;
    c.font = '12.5px system-ui, "Segoe UI", Arial, sans-serif';
    c.lineWidth = 1;
    for (const [v, text] of ticks(plot.spec.x, plot.x, Math.max(2, plot.w / 90))) tick(c, [plot.px(v), MARGIN.top, plot.px(v), bottom], text, [plot.px(v), bottom + 17], "center");
    for (const [v, text] of ticks(plot.spec.y, plot.y, 6)) tick(c, [MARGIN.left, plot.py(v), MARGIN.left + plot.w, plot.py(v)], text, [MARGIN.left - 7, plot.py(v) + 4], "right");
    c.strokeStyle = colour("--soft");
    c.beginPath();
    c.moveTo(MARGIN.left, MARGIN.top);
    c.lineTo(MARGIN.left, bottom);
    c.lineTo(MARGIN.left + plot.w, bottom);
    c.stroke();
    c.fillStyle = colour("--ink");
    c.textAlign = "center";
    c.fillText(plot.spec.x.label, MARGIN.left + plot.w / 2, HEIGHT - 6, plot.w);
    c.save();
    c.translate(13, MARGIN.top + plot.h / 2);
    c.rotate(-Math.PI / 2);
    c.fillText(plot.spec.y.label, 0, 0, plot.h);
    c.restore();
  }

  function tick(c, [x1, y1, x2, y2], text, [x, y], align) {
    c.strokeStyle = colour("--grid");
    c.beginPath();
    c.moveTo(x1, y1);
    c.lineTo(x2, y2);
    c.stroke();
    c.fillStyle = colour("--soft");
    c.textAlign = align;
    c.fillText(text, x, y);
  }

  return { SCALE, colour, element, to, back, shade, show, drawAxes };
})();
