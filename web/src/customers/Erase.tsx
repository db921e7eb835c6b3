// SPDX-License-Identifier: Apache-2.0
// Taking away everything that says who a customer is. It cannot be undone, so it is asked about, and what it
// takes and leaves is said before.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState, type FormEvent } from "react";
import { eraseCustomer, type Customer } from "../api";
import { keys } from "../app/query";
import { Button, Checkbox, Dialog, explainDeed, toast } from "../ui";
import { useWords } from "../words";
import { nameOf } from "./names";

export function EraseDialog({ customer, close }: { customer: Customer; close: () => void }) {
  const w = useWords();
  const client = useQueryClient();
  const form = useId();
  const [meant, setMeant] = useState(false);
  const erase = useMutation({
    mutationFn: () => eraseCustomer({ customer_id: customer.id, confirm: true }),
    onSuccess: (now) => {
      client.setQueryData(keys.customer(now.id), now);
      void client.invalidateQueries({ predicate: ({ queryKey: [first] }) => first !== "business" && first !== "staff" });
      toast({ words: w.customers.erased });
      close();
    },
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (meant && !erase.isPending) erase.mutate();
  }

  return (
    <Dialog open close={close} title={w.customers.eraseTitle(nameOf(customer))} about={w.customers.eraseAbout} foot={
      <>
        <Button onClick={close}>{w.common.actions.cancel}</Button>
        <Button type="submit" form={form} look="danger" disabled={!meant} busy={erase.isPending}>{w.customers.eraseNow}</Button>
      </>
    }>
      <form id={form} onSubmit={submit} className="flex flex-col gap-3">
        <ul className="list-disc pl-5">
          <li>{w.customers.eraseGoes}</li>
          <li>{w.customers.eraseStays}</li>
          <li>{w.customers.eraseRefusal}</li>
        </ul>
        <label className="flex items-center gap-2.5 py-1"><Checkbox on={meant} change={setMeant} label={w.customers.eraseMeant} /><span aria-hidden="true">{w.customers.eraseMeant}</span></label>
        <p className="text-sm text-poor empty:hidden" role="alert">{erase.error ? explainDeed(erase.error) : ""}</p>
      </form>
    </Dialog>
  );
}
