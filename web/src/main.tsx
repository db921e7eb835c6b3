// SPDX-License-Identifier: Apache-2.0
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { setHeader } from "./api";
import { App } from "./app/App";
import { startTheme } from "./app/theme";
import { startPhones } from "./lib/phone";
import "./styles/theme.css";
import { startWords } from "./words";

// A form on another site can make a browser send our cookie, but not this header; the server wants
// it on every request that changes something.
setHeader("X-Ava-Request", "1");

startTheme();
startPhones();
void startWords().then(() => {
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
});
