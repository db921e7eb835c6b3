// SPDX-License-Identifier: Apache-2.0
// What the business says of itself, as pages with appointments need it: its zone, services, providers,
// hours and closures. Fetched once; the live socket makes it stale.
import { useQuery } from "@tanstack/react-query";
import { listProviders, listServices, showBusiness, type Business, type Provider, type Service } from "../api";
import { knownZone } from "../lib/zone";
import { plainWords } from "../words/people";
import { keys } from "./query";

export interface BusinessFacts {
  zone: string;
  business: Business | undefined;
  services: readonly Service[];
  providers: readonly Provider[];
  /** A service's name by its key; one that is no longer offered has only its key. */
  serviceName: (key: string) => string;
  loading: boolean;
  error: unknown;
  retry: () => void;
}

export function useBusiness(): BusinessFacts {
  const business = useQuery({ queryKey: keys.business("facts"), queryFn: () => showBusiness() });
  const services = useQuery({ queryKey: keys.business("services"), queryFn: () => listServices() });
  const providers = useQuery({ queryKey: keys.business("providers"), queryFn: () => listProviders() });
  const all = [business, services, providers];
  const offered = services.data?.services ?? [];
  return {
    zone: knownZone(business.data?.zone),
    business: business.data,
    services: offered,
    providers: providers.data?.providers ?? [],
    serviceName: (key) => offered.find((s) => s.key === key)?.name ?? plainWords(key),
    loading: all.some((q) => q.isPending),
    error: all.find((q) => q.error)?.error ?? null,
    retry: () => all.forEach((q) => void q.refetch()),
  };
}
