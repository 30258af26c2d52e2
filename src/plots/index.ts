// plots: small SVG pictures of what was measured.
export { type ConfusionPlotOptions, confusionPlot } from "./confusion-plot.ts";
export { type HeatMapOptions, heatMap, type TextHeatOptions, textHeat } from "./heat-map.ts";
export { type LinePlotOptions, linePlot, type Series } from "./line-plot.ts";
export { type Raster, rasterOf } from "./raster.ts";
export { type PlotPoint, type ScatterPlotOptions, scatterPlot } from "./scatter-plot.ts";
export { escapeSvg } from "./svg.ts";
