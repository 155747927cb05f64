/* Draws a bar chart from the table beside it; the table stays what counts, and the chart is hidden from readers of it.
 *   data-chart               around both
 *   data-canvas              the empty, hidden box the chart goes into
 *   th[data-series="role"]   a column that becomes a bar: done, review, missing (stacked), or target (behind them)
 *   td[data-value="number"]  its figures; the row's th is the name of its bar. Rows of tfoot are not drawn.
 */
(() => {
  "use strict";
  const INK = "#3a4657";
  // Told apart by brightness alone, and by a pattern where two bars touch.
  const LOOKS = {
    done: { color: "#1b4f8f", ink: "#fff" },
    review: { color: "#6ea8dc", ink: INK, pattern: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4, color: "rgba(13, 39, 73, .35)" } },
    missing: { color: "#f0b35a", ink: "#4a2f00" },
    target: { color: "#dbe3ee", ink: INK },
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const font = getComputedStyle(document.body).fontFamily;

  const read = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    const series = heads
      .map((head, column) => ({ role: head.dataset.series, name: head.textContent.trim(), column }))
      .filter(({ role }) => role in LOOKS)
      .map(({ role, name, column }) => ({ role, name, values: rows.map((row) => Number(row.cells[column].dataset.value)) }));
    return { names: rows.map((row) => row.cells[0].textContent.trim()), series };
  };

  const bar = ({ role, name, values }) => {
    const behind = role === "target";
    const { color, ink, pattern } = LOOKS[role];
    return {
      name, type: "bar", data: values, silent: true,
      stack: behind ? role : "sum",
      barWidth: 18, barGap: "-100%",  // the target lies behind the others, in the same place
      z: behind ? 1 : 2,
      itemStyle: pattern ? { color, decal: { ...pattern } } : { color },
      label: {
        show: !behind, color: ink, fontFamily: font, fontSize: 11,
        backgroundColor: pattern ? "rgba(255, 255, 255, .85)" : "transparent", padding: [1, 3], borderRadius: 2,
        formatter: ({ value }) => (value > 0 ? String(value) : ""),
      },
      labelLayout: { hideOverlap: true },
    };
  };

  const draw = (pair) => {
    const box = pair.querySelector("[data-canvas]");
    const { names, series } = read(pair.querySelector("table"));
    if (!names.length || !series.length) return;
    box.hidden = false;
    box.style.height = `${names.length * 34 + 34}px`;
    pair.classList.add("is-drawn");
    const chart = echarts.init(box);
    const narrow = () => (box.clientWidth < 420 ? 84 : 150);
    const option = () => ({
      animation: !still,
      animationDuration: 300,
      grid: { left: narrow() + 8, right: 16, top: 4, bottom: 26 },
      xAxis: { type: "value", minInterval: 1, splitNumber: 4, axisLabel: { color: INK, fontFamily: font, fontSize: 11 }, splitLine: { lineStyle: { color: "#edf0f4" } } },
      yAxis: { type: "category", inverse: true, data: names, axisTick: { show: false }, axisLabel: { color: INK, fontFamily: font, fontSize: 12, width: narrow(), overflow: "truncate" } },
      // The target first, so that the others are laid over it.
      series: [...series].sort((a, b) => (b.role === "target") - (a.role === "target")).map(bar),
    });
    chart.setOption(option());
    new ResizeObserver(() => { chart.resize(); chart.setOption(option()); }).observe(box);
  };

  if (window.echarts) document.querySelectorAll("[data-chart]").forEach(draw);
})();
