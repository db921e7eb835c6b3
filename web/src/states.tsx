// SPDX-License-Identifier: Apache-2.0
// What a place shows when it has nothing else to show: a failure with a way on, or emptiness with
// a reason.
import type { ReactNode } from "react";
import { ApiError } from "./api";
import { WarningIcon } from "./icons";

function explain(error: Error): string {
  if (error instanceof ApiError) {
    if (error.status === 403) return "You may not see this. Ask an administrator for the permission.";
    if (error.status === 429) return "Too many requests at once. Wait a moment, then try again.";
    if (error.status >= 500) return "The server could not answer. It has noted the error.";
    return error.message;
  }
  return "The server could not be reached. Check the connection, then try again.";
}

export function Failure({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <div className="state" role="alert">
      <WarningIcon />
      <p>{explain(error)}</p>
      <button type="button" className="button" onClick={retry}>Try again</button>
    </div>
  );
}

export function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <p className="state-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}
