import { useQuery } from "@tanstack/react-query";
import { search } from "@/api/search";
import { useScope } from "@/lib/useScope";
import { PageHeader } from "@/ui/PageHeader";
import { asRequest, useChoices } from "./choices";
import { Options } from "./Options";
import { Results } from "./Results";
import { SearchBox } from "./SearchBox";
import { SearchStart } from "./SearchStart";

export function SearchPage() {
  const [choices, change] = useChoices();
  const answer = useQuery(search(asRequest(choices, useScope())));
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
      <Options choices={choices} onChange={change} />
      {isBlank ? <SearchStart /> : <Results answer={answer} choices={choices} onChange={change} />}
    </>
  );
}
