// Before the first paint: the theme that was chosen, else the system's.
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
function showTheme() {
  const root = document.documentElement;
  root.dataset.shown = root.dataset.theme ?? (systemIsDark.matches ? "dark" : "light");
}
try {
  const theme = localStorage.getItem("novi-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* no storage, then the system's */ }
systemIsDark.addEventListener("change", showTheme);
showTheme();
