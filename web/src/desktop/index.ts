// What a session page loads when its session is a desktop: one chunk.

export { default as DesktopMenu } from "./DesktopMenu.svelte";
export { default as DesktopView } from "./DesktopView.svelte";
