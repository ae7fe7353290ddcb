/**
 * A plot of some series over time, as SVG.
 *
 * @module plot
 */

const WIDTH = 800;
const HEIGHT = 240;
/** Room for the numbers at the axis. */
const LEFT = 44;
const TOP = 12;
const BOTTOM = HEIGHT - 12;

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...Node} children @returns {SVGElement} */
function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

export class Plot {
  /** @param {string[]} names of the series, which are classes too @param {number} length the most values of a series @param {string} label */
  constructor(names, length, label) {
    this.length = length;
    this.lines = names.map((name) => svg("polyline", { class: name, "data-testid": `plot-${name}` }));
    this.most = svg("text", { x: LEFT - 8, y: TOP + 5, "text-anchor": "end", "data-testid": "plot-most" });
    const none = svg("text", { x: LEFT - 8, y: BOTTOM + 5, "text-anchor": "end" }, document.createTextNode("0"));
    const axes = [TOP, BOTTOM].map((y) => svg("line", { x1: LEFT, x2: WIDTH, y1: y, y2: y }));
    this.element = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label }, ...axes, this.most, none, ...this.lines);
  }

  /** Shows these, the newest at the right; the highest value sets the scale. @param {number[][]} series */
  show(series) {
    const most = scaleOf(Math.max(1, ...series.flat()));
    this.most.textContent = String(most);
    const step = (WIDTH - LEFT) / (this.length - 1);
    series.forEach((values, i) => {
      const points = values.map((value, at) => {
        const x = WIDTH - (values.length - 1 - at) * step;
        return `${x.toFixed(1)},${(BOTTOM - (value / most) * (BOTTOM - TOP)).toFixed(1)}`;
      });
      this.lines[i].setAttribute("points", points.join(" "));
    });
  }
}

/** The next round number: 1, 2, 5, 10, 20, and so on. @param {number} value */
function scaleOf(value) {
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * ten).find((round) => round >= value) ?? 10 * ten;
}
