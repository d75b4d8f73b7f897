/**
 * The dashboard as one picture: its panels in their places, filled with what Prometheus answered.
 */
import type { AnsweredPanel } from "./answers.ts";
import { chart, type Time } from "./chart.ts";
import { stat, stateTimeline, table } from "./panels.ts";
import type { Dashboard, Panel } from "./reading.ts";
import { type Box, escaped, rect, style, text } from "./svg.ts";

const columnWidth = 50;
const lineHeight = 25;
const margin = 8;
const gap = 5;
const headHeight = 34;
const titleHeight = 20;
const columns = 24;

export function pictureOf(
  dashboard: Dashboard,
  answers: readonly AnsweredPanel[],
  time: Time,
): string {
  const lines = Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h));
  const width = columns * columnWidth + 2 * margin;
  const height = headHeight + lines * lineHeight + margin;
  const byNumber = new Map(answers.map((answer) => [answer.panel.id, answer]));
  const drawn = dashboard.panels.map((panel) => drawnPanel(panel, byNumber.get(panel.id), time));
  const note = "drawn from the dashboard's own panels and queries; not a screenshot";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(`${dashboard.title}: ${dashboard.description}`)}</title>
<style>${style}
</style>
${rect({ x: 0, y: 0, w: width, h: height }, "page")}
${text({ x: margin + 4, y: 22, words: dashboard.title, kind: "head" })}
${text({ x: width - margin, y: 22, words: note, kind: "small", anchor: "end" })}
${drawn.join("\n")}
</svg>
`;
}

function drawnPanel(panel: Panel, answer: AnsweredPanel | undefined, time: Time): string {
  const { x, y, w, h } = panel.gridPos;
  const box: Box = {
    x: margin + x * columnWidth + gap / 2,
    y: headHeight + y * lineHeight + gap / 2,
    w: w * columnWidth - gap,
    h: h * lineHeight - gap,
  };
  if (panel.type === "row") {
    return text({ x: box.x + 4, y: box.y + 16, words: panel.title, kind: "title" });
  }
  if (answer === undefined) throw new Error(`${panel.title} was not asked`);
  const title = text({ x: box.x + 8, y: box.y + 15, words: panel.title, kind: "title" });
  const inside = { ...box, y: box.y + titleHeight, h: box.h - titleHeight };
  return [rect(box, "panel", 4), title, contents(answer, inside, time)].join("\n");
}

function contents(answer: AnsweredPanel, box: Box, time: Time): string {
  switch (answer.panel.type) {
    case "stat":
      return stat(answer, box);
    case "state-timeline":
      return stateTimeline(answer, box, time);
    case "timeseries":
      return chart(answer, box, time);
    case "table":
      return table(answer, box);
  }
}
