const MARKUP = document.getElementById("root")?.innerHTML ?? "";

/** Goes on showing what index.html has painted, until the first page is loaded. */
export function Startup() {
  return <div dangerouslySetInnerHTML={{ __html: MARKUP }} />;
}
