// The accounts as the page sees them: all of them, and what can be done to one.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Account } from '../../../src/accounts/account.ts'
import { changeAccount, fetchAccounts, makeAccount, removeAccount } from '../api/house.ts'

const KEY = ['accounts']

/** All accounts. */
export function useAccounts() {
  return useQuery({ queryKey: KEY, queryFn: ({ signal }) => fetchAccounts(signal) })
}

/** Makes an account. */
export function useMakeAccount() {
  return useMutation({ mutationFn: makeAccount, ...useRefresh() })
}

/** Changes an account. */
export function useChangeAccount(account: Account) {
  return useMutation({
    mutationFn: (change: { scope?: string[]; secret?: string }) => changeAccount(account, change),
    ...useRefresh(),
  })
}

/** Removes an account. */
export function useRemoveAccount(account: Account) {
  return useMutation({ mutationFn: () => removeAccount(account), ...useRefresh() })
}

function useRefresh() {
  const cache = useQueryClient()
  return { onSuccess: () => cache.invalidateQueries({ queryKey: KEY }) }
}
