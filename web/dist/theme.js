// Applies the chosen theme before the first paint; a separate file because the policy forbids
// inline scripts.
(() => {
  try {
    const theme = localStorage.getItem("baton.theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be blocked; the system's preference then decides.
  }
})();
