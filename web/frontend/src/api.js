// The page to try the API: Swagger UI over the document that the server makes of its operations.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

// In the theme of the console: as chosen there, or else as the system has it.
const chosen = /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1];
const isDark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.classList.toggle("dark-mode", isDark);

const place = document.getElementById("api");
SwaggerUI({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null, // nothing is sent elsewhere
});
