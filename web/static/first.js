// Before the first paint: the person's theme and language, so that nothing flashes.
(function () {
  try {
    var theme = localStorage.getItem('chantier.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    var locale = localStorage.getItem('chantier.locale');
    if (locale === 'en' || locale === 'fr') document.documentElement.lang = locale;
  } catch (refused) {
    // Storage is refused: the system's theme and French are used.
  }
})();
