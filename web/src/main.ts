// Boot: styles, then the app. Everything heavy is imported later, when a page needs it.

import "./styles/base.css";
import { mount } from "svelte";
import App from "./App.svelte";

const root = document.getElementById("app");
if (root) mount(App, { target: root });
