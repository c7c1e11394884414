// Runs before the first paint, so that a dark page never flashes white.
(() => {
  let wanted = null;
  try {
    wanted = localStorage.getItem("memorizer-theme");
  } catch {
    // storage is forbidden: the system decides
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const scheme = wanted === "light" || wanted === "dark" ? wanted : dark ? "dark" : "light";
  document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
})();
