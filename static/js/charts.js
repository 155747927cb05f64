/* Draws bar charts from the table beside them; the table stays what counts, and the charts are hidden from readers of it.
 *   data-chart               around all
 *   data-canvas              the empty, hidden box the chart goes into: of the parts of a sum, or of the one series it names
 *   th[data-series="role"]   a column that becomes a bar: done, review, missing (stacked), or target (behind them); rate, hours
 *                            (each by itself). data-unit: what stands behind its figures.
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
    rate: { color: "#6b4f9a", ink: "#fff" },
    hours: { color: "#2a6f62", ink: "#fff" },
  };
  const ALONE = ["rate", "hours"];
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const font = getComputedStyle(document.body).fontFamily;

  const read = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    const series = heads
      .map((head, column) => ({ role: head.dataset.series, unit: head.dataset.unit || "", name: head.textContent.trim(), column }))
      .filter(({ role }) => role in LOOKS)
      .map(({ column, ...rest }) => ({ ...rest, values: rows.map((row) => Number(row.cells[column].dataset.value)) }));
    return { names: rows.map((row) => row.cells[0].textContent.trim()), series };
  };

  const bar = ({ role, name, unit, values }) => {
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
        formatter: ({ value }) => (value > 0 ? `${value}${unit}` : ""),
      },
      labelLayout: { hideOverlap: true },
    };
  };

  const draw = (box, names, series) => {
    if (!names.length || !series.length) return;
    // A chart of one series says which: it may be far from the table's head.
    const title = box.dataset.canvas ? { name: series[0].name, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: INK, fontFamily: font, fontSize: 12 } } : {};
    const bottom = box.dataset.canvas ? 44 : 26;
    box.hidden = false;
    box.style.height = `${names.length * 34 + bottom + 8}px`;
    box.closest("[data-chart]").classList.add("is-drawn");
    const chart = echarts.init(box);
    const narrow = () => (box.clientWidth < 420 ? 84 : 150);
    const option = () => ({
      animation: !still,
      animationDuration: 300,
      grid: { left: narrow() + 8, right: 16, top: 4, bottom },
      xAxis: { ...title, type: "value", minInterval: 1, splitNumber: 4, axisLabel: { color: INK, fontFamily: font, fontSize: 11 }, splitLine: { lineStyle: { color: "#edf0f4" } } },
      yAxis: { type: "category", inverse: true, data: names, axisTick: { show: false }, axisLabel: { color: INK, fontFamily: font, fontSize: 12, width: narrow(), overflow: "truncate" } },
      // The target first, so that the others are laid over it.
      series: [...series].sort((a, b) => (b.role === "target") - (a.role === "target")).map(bar),
    });
    chart.setOption(option());
    new ResizeObserver(() => { chart.resize(); chart.setOption(option()); }).observe(box);
  };

  const drawAll = (pair) => {
    const { names, series } = read(pair.querySelector("table"));
    for (const box of pair.querySelectorAll("[data-canvas]")) {
      const wanted = box.dataset.canvas;
      draw(box, names, series.filter(({ role }) => (wanted ? role === wanted : !ALONE.includes(role))));
    }
  };

  if (window.echarts) document.querySelectorAll("[data-chart]").forEach(drawAll);
})();
