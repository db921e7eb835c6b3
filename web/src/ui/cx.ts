// SPDX-License-Identifier: Apache-2.0
export { clsx as cx } from "clsx";
