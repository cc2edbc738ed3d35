// The session as the pages see it: who is logged in, log in, log out.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api-error.ts'
import { fetchSession, logIn, logOut } from './client.ts'

/** Key of the session in the query cache; set to null by anyone who was told 401. */
export const SESSION_KEY = ['session']
/** Key of logging in, which may be refused without that a session ends. */
export const LOG_IN_KEY = ['log-in']

/** Who is logged in: data is null when nobody is. */
export function useSession() {
  return useQuery({
    queryKey: SESSION_KEY,
    queryFn: ({ signal }) => fetchSession(signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** Logs in. */
export function useLogIn() {
  const cache = useQueryClient()
  return useMutation({
    mutationKey: LOG_IN_KEY,
    mutationFn: logIn,
    onSuccess: (session) => {
      forgetAnswers(cache)
      cache.setQueryData(SESSION_KEY, session)
    },
  })
}

/** Logs out and forgets everything that was shown. */
export function useLogOut() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: logOut,
    onSuccess: () => {
      cache.setQueryData(SESSION_KEY, null)
      forgetAnswers(cache)
    },
  })
}

/** Ends the session where an error says that it is over: no other answer is of use then. */
export function endSessionIfOver(cache: QueryClient, error: unknown): void {
  if (error instanceof ApiError && error.status === 401) cache.setQueryData(SESSION_KEY, null)
}

/** Drops what another account was shown. The session itself stays: components watch it. */
function forgetAnswers(cache: QueryClient): void {
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] })
}
