/* Draws every [data-chart] from its JSON block. The palette is the token sheet's; alert colours keep their meaning. */
"use strict";
(() => {
  const PALETTE = ["#1559b7", "#2f9e6e", "#5aa5e6", "#e39b34", "#8f9bb0", "#6d55c9", "#3aa6a0", "#b7791f"];
  const NAMED = { red: "#d64541", orange: "#e8890c", yellow: "#e6c466", green: "#2f9e6e", blue: "#1559b7", grey: "#8f9bb0", purple: "#6d55c9" };
  const MUTED = "#5b6778";
  const LINE = "#e3e8ef";
  const colour = (one, index) => NAMED[one.colour] || one.colour || PALETTE[index % PALETTE.length];

  function frame(data) {
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, valueFormatter: (value) => (value == null ? "—" : `${value}${data.unit ? ` ${data.unit}` : ""}`) },
      grid: { left: 8, right: 16, top: data.series && data.series.length > 1 ? 36 : 16, bottom: 8, containLabel: true },
      legend: { show: Boolean(data.series && data.series.length > 1), top: 0, right: 0, itemWidth: 12, itemHeight: 10, textStyle: { color: MUTED } },
    };
  }

  function axes(data, flat) {
    const names = { type: "category", data: data.categories, inverse: flat, axisTick: { show: false }, axisLine: { lineStyle: { color: "#cbd3df" } }, axisLabel: { color: MUTED, width: flat ? 110 : undefined, overflow: "truncate" } };
    const values = { type: "value", minInterval: data.whole === false ? 0 : 1, max: data.max, splitLine: { lineStyle: { color: LINE } }, axisLabel: { color: MUTED } };
    return flat ? { xAxis: values, yAxis: names } : { xAxis: names, yAxis: values };
  }

  function bars(data, { flat = false, stacked = false } = {}) {
    const series = data.series.map((one, index) => ({
      name: one.name, type: "bar", data: one.values, stack: stacked ? "all" : undefined, barMaxWidth: 26,
      itemStyle: { color: colour(one, index), borderRadius: stacked ? 0 : flat ? [0, 3, 3, 0] : [3, 3, 0, 0] },
    }));
    return { ...frame(data), ...axes(data, flat), series };
  }

  const KINDS = {
    bar: (data) => bars(data),
    stacked: (data) => bars(data, { stacked: true }),
    hbar: (data) => bars(data, { flat: true }),
    line: (data) => ({
      ...frame(data), ...axes(data, false),
      series: data.series.map((one, index) => ({ name: one.name, type: "line", data: one.values, symbolSize: 6, itemStyle: { color: colour(one, index) }, lineStyle: { width: 2 } })),
    }),
    donut: (data) => ({
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { trigger: "item", renderMode: "richText", confine: true, formatter: (one) => `${one.name} ${one.value}${data.unit ? ` ${data.unit}` : ""}（${one.percent}%）` },
      legend: { orient: "vertical", right: 0, top: "middle", itemWidth: 12, itemHeight: 10, textStyle: { color: "#1f2a3d" } },
      title: { text: String(data.items.reduce((sum, one) => sum + Number(one.value), 0)), subtext: data.total || "合计", left: "29%", top: "36%", textAlign: "center", textStyle: { fontSize: 20, color: "#1f2a3d" }, subtextStyle: { color: MUTED } },
      series: [{ type: "pie", radius: ["52%", "78%"], center: ["30%", "50%"], label: { show: false }, itemStyle: { borderColor: "#fff", borderWidth: 2 },
        data: data.items.map((one, index) => ({ name: one.name, value: one.value, url: one.url, itemStyle: { color: colour(one, index) } })) }],
    }),
  };

  function draw(box) {
    const data = JSON.parse(document.getElementById(box.dataset.source).textContent);
    const picture = window.echarts.init(box);
    picture.setOption(KINDS[box.dataset.chart](data));
    picture.on("click", (hit) => {
      const url = (hit.data && hit.data.url) || (data.urls && data.urls[hit.dataIndex]);
      if (url) window.location.assign(url);
    });
    window.addEventListener("resize", () => picture.resize());
  }

  function start() { document.querySelectorAll("[data-chart]").forEach(draw); }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
