import { QueryClient } from "@tanstack/react-query";

/** Data stays fresh until the event stream reports a change, or the page becomes visible again. */
export const queries = new QueryClient({
  defaultOptions: {
    // a refusal stays one, and recovery reads all again: asking again by itself helps nobody
    queries: { staleTime: 10_000, retry: false, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
});
