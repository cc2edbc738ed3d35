// A request in, whether its answer is still waited for out: what takes long ends where it is not.

interface Connected {
  readonly socket: { readonly destroyed: boolean }
}

/** Whether the answer to a request is waited for: not where its connection was closed. */
export function isWantedBy({ socket }: Connected): () => boolean {
  return () => !socket.destroyed
}
