// Preloaded by check-page.mjs: who asks for "typescript" is given the version that still has the compiler's interface.
const Module = require("node:module");

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return resolve.call(this, request === "typescript" ? "typescript-api" : request, ...rest);
};
