"use strict";
// Plots of <figure class="plot">: wheel zooms about the pointer (over an axis: only that one), dragging zooms into a box, with shift moves;
// double click, 0 or the button resets; + - and arrows where the plot has the focus. Values are shown at the pointer. Colours are the page's.
(() => {
  const MARGIN = { left: 66, right: 14, top: 10, bottom: 44 };
  const HEIGHT = 340, REACH = 30, MANY = 3000, QUIET = 300; // pixels, pixels, points, ms since the page was scrolled
  const finite = Number.isFinite;
  const { SCALE, colour, element, to, back, shade, show, drawAxes } = sswnnAxes;
  let scrolled = -Infinity;
  addEventListener("scroll", () => { scrolled = performance.now(); }, { passive: true });

  class Plot {
    constructor(figure) {
      this.figure = figure;
      this.spec = JSON.parse(figure.querySelector("script").textContent);
      this.lines = this.spec.lines.map((line, k) => this.prepare(line, k));
      this.canvas = element("canvas", "");
      this.canvas.tabIndex = 0;
      this.canvas.setAttribute("role", "img");
      this.canvas.setAttribute("aria-label", `${this.spec.title}: ${this.spec.y.label} against ${this.spec.x.label}. Plus, minus, arrows and 0 zoom.`);
      this.tip = element("div", "tip");
      this.tip.hidden = true;
      const frame = element("div", "frame");
      frame.append(this.canvas, this.tip);
      figure.querySelector("script").after(this.bar(), frame);
      this.whole = this.extent();
      this.listen();
      new ResizeObserver(() => this.draw()).observe(frame);
      this.reset();
    }

    prepare(line, k) {
      const map = (name, axis) => (line[name] ? Float64Array.from(line[name], (v) => to(axis, v)) : null);
      const c = line.c ? line.c.filter((v) => v !== null) : [];
      const span = c.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
      const name = line.published ? "--published" : `--series-${k % 6}`;
      return { line, name, span, shown: true, x: map("x", this.spec.x), y: map("y", this.spec.y), low: map("low", this.spec.y), high: map("high", this.spec.y) };
    }

    bar() { // legend and buttons
      const bar = element("div", "bar"), legend = element("div", "legend");
      for (const one of this.lines) {
        const button = element("button", "series");
        button.type = "button";
        button.setAttribute("aria-pressed", "true");
        const swatch = element("span", `swatch ${one.line.kind}`);
        if (one.line.c) swatch.style.background = `linear-gradient(90deg, ${SCALE.join(",")})`;
        else swatch.style.setProperty("--swatch", `var(${one.name})`);
        button.append(swatch, one.line.label);
        if (one.line.c) button.append(` — ${one.line.colourLabel} from ${show(one.span[0])} to ${show(one.span[1])}`);
        button.addEventListener("click", () => { one.shown = !one.shown; button.setAttribute("aria-pressed", String(one.shown)); this.draw(); });
        legend.append(button);
      }
      const tools = element("div", "tools");
      for (const [sign, label, act] of [["+", "zoom in", () => this.zoom(0.7)], ["−", "zoom out", () => this.zoom(1 / 0.7)], ["reset", "show everything", () => this.reset()]]) {
        const button = element("button", "", sign);
        button.type = "button";
        button.setAttribute("aria-label", label);
        button.addEventListener("click", act);
        tools.append(button);
      }
      bar.append(legend, tools);
      return bar;
    }

    extent() {
      const of = (axis, names) => {
        const wanted = this.spec[axis].range;
        if (wanted) return wanted.map((v) => to(this.spec[axis], v));
        let [a, b] = [Infinity, -Infinity];
        const add = (v) => { if (finite(v)) { a = Math.min(a, v); b = Math.max(b, v); } };
        for (const one of this.lines) {
          for (const n of names) one[n]?.forEach(add);
          if (axis === "y" && one.line.kind === "sticks" && !this.spec.y.log) add(0);
        }
        for (const m of this.spec.marks) add(to(this.spec[axis], m[axis]));
        if (!finite(a)) return [0, 1];
        const pad = a === b ? Math.abs(a) * 0.1 || 1 : 0.04 * (b - a);
        return [a - pad, b + pad];
      };
      return { x: of("x", ["x"]), y: of("y", ["y", "low", "high"]) };
    }

    reset() { this.x = [...this.whole.x]; this.y = [...this.whole.y]; this.draw(); }

    zoom(factor, where = {}, axes = ["x", "y"]) {
      for (const axis of axes) {
        const [a, b] = this[axis], all = this.whole[axis][1] - this.whole[axis][0];
        const size = Math.min(Math.max((b - a) * factor, all * 1e-6), all * 20), share = where[axis] ?? 0.5;
        const centre = a + share * (b - a);
        this[axis] = [centre - share * size, centre + (1 - share) * size];
      }
      this.draw();
    }

    move(dx, dy) { // shares of what is shown
      const by = ([a, b], s) => [a + s * (b - a), b + s * (b - a)];
      this.x = by(this.x, dx);
      this.y = by(this.y, dy);
      this.draw();
    }

    px(v) { return MARGIN.left + ((v - this.x[0]) / (this.x[1] - this.x[0])) * this.w; }
    py(v) { return MARGIN.top + (1 - (v - this.y[0]) / (this.y[1] - this.y[0])) * this.h; }

    share(event) {
      const box = this.canvas.getBoundingClientRect();
      const [px, py] = [event.clientX - box.left, event.clientY - box.top];
      return { px, py, x: (px - MARGIN.left) / this.w, y: 1 - (py - MARGIN.top) / this.h };
    }

    listen() {
      const canvas = this.canvas;
      canvas.addEventListener("wheel", (event) => {
        if (performance.now() - scrolled < QUIET) return; // the page is being scrolled past
        event.preventDefault();
        const at = this.share(event), pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
        const axes = at.x < 0 ? ["y"] : at.y < 0 ? ["x"] : ["x", "y"];
        this.zoom(Math.exp(Math.max(-0.7, Math.min(0.7, pixels * 0.002))), at, axes);
      }, { passive: false });
      canvas.addEventListener("dblclick", () => this.reset());
      canvas.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || event.pointerType === "touch") return;
        canvas.setPointerCapture(event.pointerId);
        this.from = { ...this.share(event), shift: event.shiftKey, ranges: [this.x, this.y] };
      });
      canvas.addEventListener("pointermove", (event) => (this.from ? this.drag(this.share(event)) : this.hover(this.share(event))));
      canvas.addEventListener("pointerup", (event) => this.drop(this.share(event)));
      canvas.addEventListener("pointercancel", () => { this.from = this.box = null; this.draw(); });
      canvas.addEventListener("pointerleave", () => { this.tip.hidden = true; });
      canvas.addEventListener("keydown", (event) => {
        const act = { "+": () => this.zoom(0.8), "=": () => this.zoom(0.8), "-": () => this.zoom(1.25), 0: () => this.reset(),
          ArrowLeft: () => this.move(-0.1, 0), ArrowRight: () => this.move(0.1, 0), ArrowUp: () => this.move(0, 0.1), ArrowDown: () => this.move(0, -0.1) }[event.key];
        if (act && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); act(); }
      });
    }

    drag(at) {
      this.tip.hidden = true;
      if (this.from.shift) {
        [this.x, this.y] = this.from.ranges;
        this.move(this.from.x - at.x, this.from.y - at.y);
      } else {
        this.box = at;
        this.draw();
      }
    }

    drop(at) {
      const from = this.from;
      this.from = this.box = null;
      if (!from || from.shift) return;
      const wide = Math.abs(at.px - from.px) > 8, tall = Math.abs(at.py - from.py) > 8;
      const cut = (range, s, t) => {
        const clamp = (v) => range[0] + Math.min(Math.max(v, 0), 1) * (range[1] - range[0]);
        const [a, b] = [clamp(Math.min(s, t)), clamp(Math.max(s, t))];
        return b > a ? [a, b] : range;
      };
      if (wide) this.x = cut(this.x, from.x, at.x);
      if (tall) this.y = cut(this.y, from.y, at.y);
      this.draw();
    }

    hover(at) {
      let best = REACH ** 2, found = null;
      for (const one of this.lines) {
        if (!one.shown) continue;
        for (let k = 0; k < one.x.length; k++) {
          const d = (this.px(one.x[k]) - at.px) ** 2 + (this.py(one.y[k]) - at.py) ** 2;
          if (d < best) { best = d; found = [one, k]; }
        }
      }
      this.tip.hidden = !found;
      if (!found) return;
      const [{ line, x, y }, k] = found, range = line.low && line.low[k] !== null ? ` (${show(line.low[k])} to ${show(line.high[k])})` : "";
      const rows = [line.label, `${this.spec.x.label}: ${show(line.x[k])}`, `${this.spec.y.label}: ${show(line.y[k])}${range}`];
      if (line.c && line.c[k] !== null) rows.push(`${line.colourLabel}: ${show(line.c[k])}`);
      this.tip.textContent = rows.join("\n");
      const left = this.px(x[k]), right = left > MARGIN.left + this.w / 2;
      this.tip.style.left = right ? "" : `${left + 12}px`;
      this.tip.style.right = right ? `${this.canvas.clientWidth - left + 12}px` : "";
      this.tip.style.top = `${Math.max(this.py(y[k]) - 20, 0)}px`;
    }

    draw() {
      const width = this.canvas.clientWidth, ratio = window.devicePixelRatio || 1, c = this.canvas.getContext("2d");
      if (!width) return;
      this.canvas.width = width * ratio;
      this.canvas.height = HEIGHT * ratio;
      this.w = width - MARGIN.left - MARGIN.right;
      this.h = HEIGHT - MARGIN.top - MARGIN.bottom;
      this.canvas.dataset.range = [...this.x.map((v) => back(this.spec.x, v)), ...this.y.map((v) => back(this.spec.y, v))].join(" ");
      c.scale(ratio, ratio);
      drawAxes(c, this, MARGIN, HEIGHT);
      c.save();
      c.beginPath();
      c.rect(MARGIN.left, MARGIN.top, this.w, this.h);
      c.clip();
      for (const one of this.lines) if (one.shown) this.series(c, one);
      this.marks(c);
      c.restore();
      if (this.box) {
        c.strokeStyle = colour("--ink");
        c.setLineDash([4, 3]);
        c.strokeRect(this.from.px, this.from.py, this.box.px - this.from.px, this.box.py - this.from.py);
        c.setLineDash([]);
      }
    }

    series(c, one) {
      const { line, x, y, low, high, span } = one, drawn = colour(one.name), n = x.length;
      const points = line.kind === "points" || line.kind === "both", path = line.kind === "line" || line.kind === "both" || line.kind === "steps";
      c.strokeStyle = c.fillStyle = drawn;
      if (low && path && !points) this.band(c, one);
      if (path) {
        c.lineWidth = 1.7;
        if (line.published) c.setLineDash([6, 4]);
        c.beginPath();
        let pen = false;
        for (let k = 0; k < n; k++) {
          if (!finite(x[k]) || !finite(y[k])) { pen = false; continue; }
          if (pen && line.kind === "steps") c.lineTo(this.px(x[k]), this.py(y[k - 1]));
          if (pen) c.lineTo(this.px(x[k]), this.py(y[k])); else c.moveTo(this.px(x[k]), this.py(y[k]));
          pen = true;
        }
        c.stroke();
        c.setLineDash([]);
      }
      c.lineWidth = 1.4;
      if (line.kind === "sticks" || (low && points)) {
        c.beginPath();
        for (let k = 0; k < n; k++) {
          if (!finite(x[k]) || !finite(y[k])) continue;
          const ends = line.kind === "sticks" ? [this.spec.y.log ? this.y[0] : 0, y[k]] : [low[k], high[k]];
          if (!ends.every(finite)) continue;
          c.moveTo(this.px(x[k]), this.py(ends[0]));
          c.lineTo(this.px(x[k]), this.py(ends[1]));
        }
        c.stroke();
      }
      if (!points) return;
      const size = n > MANY ? 1.6 : 3.4;
      for (let k = 0; k < n; k++) {
        const [px, py] = [this.px(x[k]), this.py(y[k])];
        if (!finite(px) || !finite(py) || px < 0 || py < 0 || px > MARGIN.left + this.w + size || py > HEIGHT) continue;
        if (line.c) c.fillStyle = line.c[k] === null ? colour("--soft") : shade((line.c[k] - span[0]) / (span[1] - span[0] || 1));
        if (n > MANY) { c.fillRect(px - size, py - size, 2 * size, 2 * size); continue; }
        c.beginPath();
        c.arc(px, py, size, 0, 2 * Math.PI);
        if (line.published) c.stroke(); else c.fill();
      }
    }

    band(c, { x, low, high }) {
      const shown = [...x.keys()].filter((k) => finite(x[k]) && finite(low[k]) && finite(high[k]));
      c.globalAlpha = 0.2;
      c.beginPath();
      for (const k of shown) c.lineTo(this.px(x[k]), this.py(high[k]));
      for (const k of shown.reverse()) c.lineTo(this.px(x[k]), this.py(low[k]));
      c.fill();
      c.globalAlpha = 1;
    }

    marks(c) {
      c.strokeStyle = c.fillStyle = colour("--published");
      c.lineWidth = 1.2;
      for (const m of this.spec.marks) {
        const upright = m.x !== null, at = upright ? this.px(to(this.spec.x, m.x)) : this.py(to(this.spec.y, m.y));
        c.setLineDash([6, 4]);
        c.beginPath();
        if (upright) { c.moveTo(at, MARGIN.top); c.lineTo(at, MARGIN.top + this.h); } else { c.moveTo(MARGIN.left, at); c.lineTo(MARGIN.left + this.w, at); }
        c.stroke();
        c.setLineDash([]);
        const late = upright && at > MARGIN.left + this.w / 2;
        const right = late || !upright, size = c.measureText(m.label).width;
        const x = upright ? at + (late ? -5 : 5) : MARGIN.left + this.w - 4, y = upright ? MARGIN.top + 13 : at - 6;
        c.fillStyle = colour("--paper"); // so that the label can be read over the data
        c.globalAlpha = 0.8;
        c.fillRect(right ? x - size - 2 : x - 2, y - 12, size + 4, 16);
        c.globalAlpha = 1;
        c.fillStyle = colour("--published");
        c.textAlign = right ? "right" : "left";
        c.fillText(m.label, x, y);
      }
    }
  }

  const plots = [...document.querySelectorAll("figure.plot")].map((figure) => new Plot(figure));
  const redraw = () => plots.forEach((plot) => plot.draw());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", () => { document.documentElement.classList.add("print"); redraw(); });
  addEventListener("afterprint", () => { document.documentElement.classList.remove("print"); redraw(); });
})();
