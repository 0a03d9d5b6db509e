import { defineConfig } from "vite";

// One entry an island. The server reads `manifest.json` and links what a page needs, nothing more.
export default defineConfig({
  base: "./", // the server may stand below a path prefix
  publicDir: false,
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        console: "src/console.js",
        diagram: "src/diagram.js",
        modeler: "src/modeler.js",
        tasks: "src/tasks.js",
        form: "src/form.js",
        api: "src/api.js",
      },
    },
  },
});
