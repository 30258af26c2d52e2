// plots: small SVG pictures of what was measured.
export { type ConfusionPlotOptions, confusionPlot } from "./confusion-plot.ts";
export { type LinePlotOptions, linePlot, type Series } from "./line-plot.ts";
export { escapeSvg } from "./svg.ts";
