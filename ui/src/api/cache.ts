// The answers that all pages share. Whoever asks or sends, when the server says that nobody is
// logged in the session is over, and the login page follows.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './api-error.ts'
import { endSessionIfOver, LOG_IN_KEY } from './session.ts'

/** An empty cache. */
export function makeCache(): QueryClient {
  const cache: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error) => endSessionIfOver(cache, error) }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _before, { options }) => {
        // There it is the password that was refused.
        if (options.mutationKey?.[0] !== LOG_IN_KEY[0]) endSessionIfOver(cache, error)
      },
    }),
    defaultOptions: {
      queries: {
        // One more try where the server may have been restarting; a refusal stays a refusal.
        retry: (failures, error) => failures < 1 && error instanceof ApiError && error.status === 0,
        refetchOnWindowFocus: false,
      },
    },
  })
  return cache
}
