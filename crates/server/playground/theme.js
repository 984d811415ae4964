// Chooses light or dark before the page is painted: what the reader chose here, else what the system says.
// A classic script, since modules run after the first paint.
(() => {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = null;
  try {
    chosen = localStorage.getItem('canopy-theme');
  } catch {
    // A browser that stores nothing shows what the system says.
  }
  const apply = () => {
    root.dataset.theme = chosen ?? (system.matches ? 'dark' : 'light');
    document.getElementById('theme')?.setAttribute('aria-pressed', String(root.dataset.theme === 'dark'));
  };
  apply();
  system.addEventListener('change', apply);
  document.addEventListener('DOMContentLoaded', () => {
    apply();
    document.getElementById('theme').addEventListener('click', () => {
      chosen = root.dataset.theme === 'dark' ? 'light' : 'dark';
      try {
        localStorage.setItem('canopy-theme', chosen);
      } catch {
        // Kept until the page is closed.
      }
      apply();
    });
  });
})();
