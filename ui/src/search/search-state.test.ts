// A search survives the address bar, and the API is asked for what the page says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  apiQuery,
  EVERYTHING,
  formatSearch,
  KINDS,
  kindShown,
  parseSearch,
  RANGES,
  STATES,
  withKind,
} from './search-state.ts'
import type { Search } from './search-state.ts'

const momentUs = fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 }).map((ms) => ms * 1000))
const anySearch: fc.Arbitrary<Search> = fc
  .record({
    q: fc.string(),
    range: fc.constantFrom(...RANGES.map((range) => range.name)),
    startUs: momentUs,
    endUs: momentUs,
    state: fc.constantFrom(...STATES.map((state) => state.name)),
    kind: fc.constantFrom(...KINDS.map((kind) => kind.name)),
  })
  .map((search) =>
    search.range === 'custom' ? { ...search } : { ...search, startUs: null, endUs: null },
  )

test('search: what is written to the address is read back', () => {
  fc.assert(
    fc.property(anySearch, (search) => {
      assert.deepEqual(parseSearch(formatSearch(search)), search)
    }),
    { seed: 3 },
  )
})

test('search: an address that says nothing, or nonsense, shows everything', () => {
  assert.deepEqual(parseSearch(''), EVERYTHING)
  assert.equal(formatSearch(EVERYTHING), '')
  assert.deepEqual(parseSearch('?range=never&state=<b>&kind=&start=x'), EVERYTHING)
})

test('apiQuery: a moving range is reckoned from now, and ends where a clock may be fast', () => {
  const query = apiQuery({ ...EVERYTHING, range: '15m' }, 1_000_000_000_000)
  assert.equal(query.get('start'), '999100000000')
  assert.equal(query.get('end'), '1000300000000')
  assert.equal(apiQuery(EVERYTHING, 1_000_000_000_000).has('end'), false)
})

test('apiQuery: a fixed range, a state and a kind are passed on, defaults are not', () => {
  const search = parseSearch('?q= %2B4420* &range=custom&start=2026-03-04T12:00:00Z&kind=all')
  assert.equal(apiQuery(search, 0).toString(), 'q=%2B4420*&start=1772625600000000&kind=all')
  assert.equal(apiQuery({ ...EVERYTHING, state: 'busy' }, 0).toString(), 'state=busy')
})

test('kindShown: the chosen kind, or the one that the search box names', () => {
  const shown = (q: string, kind: Search['kind'] = 'call') => kindShown({ ...EVERYTHING, q, kind })
  assert.equal(shown(''), 'call')
  assert.equal(shown('1234 Kind:Registration busy'), 'registration')
  assert.equal(shown('kind:all'), 'all')
  assert.equal(shown('kind:"options"'), 'options')
  assert.equal(shown('kind:nonsense'), null)
  assert.equal(shown('user:"a kind:options"'), 'call')
  assert.equal(shown('kind:options', 'message'), 'message')
})

test('withKind: what is chosen takes the place of what the search box said', () => {
  const typed = { ...EVERYTHING, q: 'kind:registration  from:"Front Desk"' }
  const calls = { ...EVERYTHING, q: 'from:"Front Desk"' }
  assert.deepEqual(withKind(typed, 'call'), calls)
  assert.deepEqual(withKind(calls, 'options'), { ...calls, kind: 'options' })
})
