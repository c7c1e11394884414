/** Where a stream stands: `connecting` at first, `reconnecting` after it was lost. */
export type StreamState = "connecting" | "live" | "reconnecting" | "ended";

export interface Stream<T> {
  url: string;
  onMessage: (message: T) => void;
  onState?: (state: StreamState) => void;
  /** Called when the connection is lost, and every five seconds until it is back. */
  onPoll?: () => void;
  /** Whether nothing comes after this message; then the stream is closed for good. */
  isLast?: (message: T) => boolean;
  /** For tests; the browser's own otherwise. */
  connect?: (url: string) => EventSource;
}

const POLL_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Follow an event stream to its end, reconnecting as needed; returns a function that stops it.
 *
 * A hidden tab closes its connection, because browsers allow six to one server, and reconnects
 * when it becomes visible; streams begin with the current state.
 */
export function follow<T>(stream: Stream<T>): () => void {
  const follower = new StreamFollower(stream);
  follower.start();
  return () => follower.stop();
}

class StreamFollower<T> {
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private polling: ReturnType<typeof setInterval> | undefined;
  private losses = 0;

  constructor(private readonly stream: Stream<T>) {}

  start(): void {
    document.addEventListener("visibilitychange", this.onVisibility);
    this.stream.onState?.("connecting");
    if (!document.hidden) this.open();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.close();
    this.stopPolling();
  }

  private readonly onVisibility = (): void => {
    this.close();
    if (document.hidden) this.stopPolling();
    else this.open();
  };

  private open(): void {
    const connect = this.stream.connect ?? ((url: string) => new EventSource(url));
    const source = connect(this.stream.url);
    this.source = source;
    source.onopen = () => this.onOpen();
    source.onmessage = (event: MessageEvent<string>) => this.onMessage(event.data);
    source.onerror = () => this.onLoss();
  }

  private close(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
  }

  private onOpen(): void {
    this.losses = 0;
    this.stopPolling();
    this.stream.onState?.("live");
  }

  private onMessage(text: string): void {
    const message = JSON.parse(text) as T;
    const last = this.stream.isLast?.(message) ?? false;
    if (last) this.stop();
    this.stream.onMessage(message);
    if (last) this.stream.onState?.("ended");
  }

  /** The browser's own retry gives up on an error status and knows no backoff: ours does. */
  private onLoss(): void {
    this.close();
    this.stream.onState?.("reconnecting");
    this.retry = setTimeout(() => this.open(), this.pause());
    this.losses += 1;
    this.startPolling();
  }

  private pause(): number {
    const steady = Math.min(FIRST_PAUSE_MS * 2 ** this.losses, LONGEST_PAUSE_MS);
    return steady * (0.75 + Math.random() / 2);
  }

  private startPolling(): void {
    const { onPoll } = this.stream;
    if (!onPoll || this.polling !== undefined) return;
    onPoll();
    this.polling = setInterval(onPoll, POLL_MS);
  }

  private stopPolling(): void {
    clearInterval(this.polling);
    this.polling = undefined;
  }
}
