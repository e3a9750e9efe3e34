// Dark, light, or as the system says. `public/theme.js` applies it before the first paint.

export type ThemeChoice = "system" | "light" | "dark";

const KEY = "baton.theme";

class Theme {
  choice = $state<ThemeChoice>(stored());

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // Storage may be blocked; the choice then lasts as long as the page.
    }
  }
}

function stored(): ThemeChoice {
  const value = document.documentElement.dataset.theme;
  return value === "dark" || value === "light" ? value : "system";
}

export const theme = new Theme();
