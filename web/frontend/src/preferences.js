// Theme and language: the server reads them from cookies, so that no page flashes.

export function startPreferences() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-preference]");
    const chosen = event.submitter?.value;
    if (!form || !chosen) return;
    event.preventDefault();
    const name = form.dataset.preference;
    document.cookie = `${name}=${chosen}; path=/; max-age=31536000; samesite=lax`;
    if (name === "language") return location.reload(); // every word is the server's
    document.documentElement.setAttribute(`data-${name}`, chosen);
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === chosen));
    }
  });
}
