// Being told that nobody is logged in ends the session, whoever is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api-error.ts'
import { makeCache } from './cache.ts'
import { LOG_IN_KEY, SESSION_KEY } from './session.ts'

const SESSION = { id: 'admin', permissions: [] }

function loggedIn(): QueryClient {
  const cache = makeCache()
  cache.setQueryData(SESSION_KEY, SESSION)
  return cache
}

const refusal = (status: number) => () =>
  Promise.reject(new ApiError({ kind: 'refused', message: 'no', status }))

/** Sends something that is refused. */
async function send(cache: QueryClient, status: number, mutationKey = ['export']): Promise<void> {
  const options = { mutationKey, mutationFn: refusal(status), gcTime: 0 }
  await assert.rejects(cache.getMutationCache().build(cache, options).execute(undefined))
}

test('cache: a question that is answered with 401 ends the session', async () => {
  const cache = loggedIn()
  const asked = cache.fetchQuery({ queryKey: ['calls'], queryFn: refusal(401), gcTime: 0 })
  await assert.rejects(asked)
  assert.equal(cache.getQueryData(SESSION_KEY), null)
})

test('cache: so does a download or a change that is, and no other refusal', async () => {
  const cache = loggedIn()
  await send(cache, 403)
  assert.deepEqual(cache.getQueryData(SESSION_KEY), SESSION)
  await send(cache, 401)
  assert.equal(cache.getQueryData(SESSION_KEY), null)
})

test('cache: a wrong password ends no session', async () => {
  const cache = loggedIn()
  await send(cache, 401, LOG_IN_KEY)
  assert.deepEqual(cache.getQueryData(SESSION_KEY), SESSION)
})
