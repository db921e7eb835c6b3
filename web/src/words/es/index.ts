// SPDX-License-Identifier: Apache-2.0
import type { Words } from "../en";
import { analytics } from "./analytics";
import { appointments } from "./appointments";
import { common } from "./common";
import { conversation } from "./conversation";
import { customers } from "./customers";
import { desk } from "./desk";
import { inbox } from "./inbox";
import { live } from "./live";
import { merge } from "./merge";
import { settings } from "./settings";
import { settingsDesk } from "./settingsDesk";
import { tryAva } from "./try";

export const es: Words = { common, inbox, conversation, customers, appointments, analytics, desk, live, merge, settings, settingsDesk, tryAva };
