// SPDX-License-Identifier: Apache-2.0
// The customers: the list with its search beside the one that is open (one of the two on a phone).
import { Outlet, useParams, useSearch } from "@tanstack/react-router";
import { UsersRound } from "lucide-react";
import { useEffect } from "react";
import { cx, Nothing } from "../ui";
import { useWords } from "../words";
import { CustomerList } from "./CustomerList";

export function CustomersPage() {
  const search = useSearch({ from: "/customers" });
  const w = useWords().customers;
  const { customerId: open } = useParams({ strict: false });
  return (
    <main id="content" className="flex min-h-0 flex-1">
      <h1 className="sr-only">{w.title}</h1>
      <div className={cx("min-h-0 w-full shrink-0 border-line wide:flex wide:w-80 wide:border-r full:w-96", open ? "hidden" : "flex")}>
        <CustomerList search={search} open={open} />
      </div>
      <div className={cx("min-h-0 min-w-0 flex-1 wide:flex", open ? "flex" : "hidden")}><Outlet /></div>
    </main>
  );
}

export function NobodyOpen() {
  const w = useWords().customers;
  useEffect(() => {
    document.title = `${w.title} · Ava`;
  }, [w]);
  return (
    <div className="flex flex-1">
      <Nothing icon={<UsersRound />} title={w.nobodyOpen}>{w.nobodyOpenWhy}</Nothing>
    </div>
  );
}
