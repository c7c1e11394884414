import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { search } from "@/api/search";
import { useMay } from "@/api/session";
import { to } from "@/lib/paths";
import { useScope } from "@/lib/useScope";
import { useRememberedList } from "@/shared/lastList";
import { useRowKeys } from "@/shared/useRowKeys";
import { Facets } from "@/shared/Facets";
import { PageHeader } from "@/ui/PageHeader";
import { asConditions, asRequest, useChoices } from "./choices";
import { Options } from "./Options";
import { Results } from "./Results";
import { SearchBox } from "./SearchBox";
import { SearchStart } from "./SearchStart";

export function SearchPage() {
  const [choices, change] = useChoices();
  const scope = useScope();
  const answer = useQuery(search(asRequest(choices, scope)));
  useRememberedList(
    "Results",
    (answer.data?.results ?? []).map(({ memory }) => memory),
  );
  const navigate = useNavigate();
  const mayWrite = useMay("write");
  useRowKeys(mayWrite ? { e: (id) => void navigate(to.edit(id)) } : {});
  const isBlank = choices.query.trim() === "";
  return (
    <>
      <title>{isBlank ? "Search · Memorizer" : `${choices.query} · Memorizer`}</title>
      <PageHeader title="Search">By words and by meaning, at once.</PageHeader>
      <SearchBox
        query={choices.query}
        busy={answer.isFetching}
        onSearch={(query) => change({ query })}
      />
      <Facets choices={choices} conditions={asConditions(choices, scope)} onChange={change} />
      <Options choices={choices} onChange={change} />
      {isBlank ? <SearchStart /> : <Results answer={answer} choices={choices} onChange={change} />}
    </>
  );
}
