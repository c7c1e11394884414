import { QueryClient } from "@tanstack/react-query";

/** What was read stays fresh until the event stream says otherwise, or the page is looked at anew. */
export const queries = new QueryClient({
  defaultOptions: {
    // a refusal stays one, and recovery reads all anew: asking again by itself helps nobody
    queries: { staleTime: 10_000, retry: false, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
});
