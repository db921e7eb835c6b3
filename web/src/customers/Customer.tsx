// SPDX-License-Identifier: Apache-2.0
// One customer: who they are, everything between them and the business in one order, and beside it
// what is known of them.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { CalendarPlus, ChevronDown, ChevronLeft, Download, EllipsisVertical, GitMerge, Pencil, UserX } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { ApiError, showCustomer, type Customer } from "../api";
import { useActions } from "../app/actions";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { phoneWords, usePhones } from "../lib/phone";
import { Avatar, Badge, Button, buttonClass, cx, Failure, IconButton, Loading, Menu, MenuItem, Nothing, Shape } from "../ui";
import { useWords } from "../words";
import { mailAddress } from "../words/people";
import { CustomerForm } from "./CustomerForm";
import { CustomerSide } from "./CustomerSide";
import { EraseDialog } from "./Erase";
import { MergeWith } from "./Merge";
import { nameOf } from "./names";
import { customerIdOf } from "./search";
import { CustomerTimeline } from "./Timeline";

export function CustomerPane() {
  const { customerId } = useParams({ from: "/customers/$customerId" });
  const id = customerIdOf(customerId);
  return id === null ? <Missing /> : <CustomerById key={id} id={id} />;
}

function Missing() {
  const w = useWords().customers;
  const search = useSearch({ from: "/customers" });
  return (
    <div className="flex flex-1">
      <Nothing title={w.missing}><Link to="/customers" search={search} className={buttonClass()}>{w.backToList}</Link></Nothing>
    </div>
  );
}

function CustomerById({ id }: { id: number }) {
  const w = useWords().customers;
  const search = useSearch({ from: "/customers" });
  const { only } = search;
  const go = useNavigate();
  const { data, error, isPending, refetch } = useQuery({ queryKey: keys.customer(id), queryFn: () => showCustomer({ customer_id: id }) });
  const [more, setMore] = useState(false);
  usePhones();

  useEffect(() => {
    if (data) document.title = `${nameOf(data)} · Ava`;
  }, [data]);
  // Who was merged into another is found there.
  const kept = data?.id;
  useEffect(() => {
    if (kept && kept !== id) void go({ to: "/customers/$customerId", params: { customerId: String(kept) }, search, replace: true });
  }, [kept, id, go, search]);

  if (error instanceof ApiError && error.status === 404) return <Missing />;
  return (
    <section className="flex min-h-0 min-w-0 flex-1 flex-col bg-ground" aria-label={w.one}>
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {isPending && (
        <Loading className="flex-1">
          <Shape className="h-24 rounded-none!" />
          {[0, 1, 2, 3].map((i) => <Shape key={i} className="mx-6 my-3 h-16" />)}
        </Loading>
      )}
      {data && (
        <>
          <Head customer={data} />
          <div className="min-h-0 flex-1 overflow-y-auto full:flex full:overflow-hidden">
            <div className="px-4 pt-2 wide:px-6 full:hidden">
              <Button look="quiet" size="sm" className="-ml-2" aria-expanded={more} aria-controls="customer-side" onClick={() => setMore(!more)}>
                <ChevronDown className={cx("size-4 transition-transform", more && "rotate-180")} />{w.identities}
              </Button>
            </div>
            <div id="customer-side" className={cx(!more && "max-full:hidden", "full:order-2 full:w-80 full:shrink-0 full:overflow-y-auto full:border-l full:border-line full:bg-panel")}>
              <CustomerSide customer={data} />
            </div>
            <div className="min-w-0 full:min-h-0 full:flex-1 full:overflow-y-auto">
              <CustomerTimeline customer={data} only={only} />
            </div>
          </div>
        </>
      )}
    </section>
  );
}

function Head({ customer }: { customer: Customer }) {
  const { customers: w, merge } = useWords();
  const search = useSearch({ from: "/customers" });
  const go = useNavigate();
  const there = customer.erased_at === null;
  const mayWrite = useMay("customers.write") && there;
  const mayBook = useMay("appointments.write") && there;
  const mayExport = useMay("customers.export");
  const mayErase = useMay("customers.erase") && there;
  const [editing, setEditing] = useState(false);
  const [merging, setMerging] = useState(false);
  const [erasing, setErasing] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const who = nameOf(customer);
  const phone = customer.phone && customer.phone !== customer.name ? customer.phone : null;
  const email = customer.email && customer.email !== customer.name ? customer.email : null;

  // On a phone the list has made way: the focus goes on with what is shown.
  useEffect(() => {
    if (document.activeElement === document.body || !document.activeElement?.checkVisibility()) title.current?.focus();
  }, []);

  useActions(mayWrite ? [{ id: "edit customer", name: w.edit, group: w.title, keys: "e", run: () => setEditing(true) }] : []);

  return (
    <header className="shrink-0 border-b border-line bg-panel px-4 py-3 wide:px-6">
      <div className="flex items-center gap-3">
        <Link to="/customers" search={search} aria-label={w.backToList}
              className={buttonClass("quiet", "md", "-ml-2 w-9 px-0! wide:hidden")}>
          <ChevronLeft className="size-5" />
        </Link>
        <span className="hidden wide:block"><Avatar name={who} size="lg" /></span>
        <div className="min-w-0 flex-1">
          <h2 ref={title} tabIndex={-1} className="text-xl font-semibold [overflow-wrap:anywhere]">{who}</h2>
          <p className="flex flex-wrap items-center gap-x-4 gap-y-0.5 text-sm">
            {phone && <a href={`tel:${phone}`} className="text-accent-text hover:underline">{phoneWords(phone)}</a>}
            {email && <a href={`mailto:${mailAddress(email)}`} className="text-accent-text [overflow-wrap:anywhere] hover:underline">{email}</a>}
            <Marks customer={customer} />
          </p>
        </div>
        <div className="flex shrink-0 gap-2">
          {mayWrite && <Button onClick={() => setEditing(true)} aria-label={w.edit} className="max-wide:w-9 max-wide:px-0!">
            <Pencil className="size-4" /><span className="max-wide:hidden">{w.editShort}</span>
          </Button>}
          {mayBook && (
            <Link to="/appointments" search={{ book: customer.id }} aria-label={w.book} className={buttonClass("main", "md", "max-wide:w-9 max-wide:px-0!")}>
              <CalendarPlus className="size-4" /><span className="max-wide:hidden">{w.book}</span>
            </Link>
          )}
          {(mayWrite || mayExport || mayErase) && (
            <Menu button={<IconButton label={w.more} icon={<EllipsisVertical className="size-4.5" />} />}>
              {mayWrite && <MenuItem icon={<GitMerge className="size-4" />} run={() => setMerging(true)}>{merge.menu}</MenuItem>}
              {mayExport && <MenuItem icon={<Download className="size-4" />} run={() => window.location.assign(`/api/admin/customers/${customer.id}/export`)}>{w.export}</MenuItem>}
              {mayErase && <MenuItem danger icon={<UserX className="size-4" />} run={() => setErasing(true)}>{w.erase}</MenuItem>}
            </Menu>
          )}
        </div>
      </div>
      {merging && <MergeWith customer={customer} close={() => setMerging(false)}
                             merged={(kept) => void go({ to: "/customers/$customerId", params: { customerId: String(kept) }, search })} />}
      {erasing && <EraseDialog customer={customer} close={() => setErasing(false)} />}
      {editing && <CustomerForm customer={customer} close={() => setEditing(false)} />}
    </header>
  );
}

/** What one must know before one answers. */
function Marks({ customer }: { customer: Customer }) {
  const w = useWords().customers;
  const marks = [
    customer.erased_at !== null && { words: w.erasedMark, tone: "plain" as const },
    customer.has_allergies && { words: w.allergies, tone: "poor" as const },
    customer.is_pregnant && { words: w.pregnant, tone: "fair" as const },
    customer.is_new_client && { words: w.firstVisit, tone: "accent" as const },
  ].filter((m) => m !== null && typeof m === "object");
  return marks.map((m) => <Badge key={m.words} tone={m.tone} className={cx("leading-5")}>{m.words}</Badge>);
}
