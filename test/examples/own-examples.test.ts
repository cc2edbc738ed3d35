// The examples of the own API's OpenAPI document: that the program still answers so, that they keep
// to the schemas beside which they stand, and that no operation is without one.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import Schema from 'typebox/schema'
import { startFixture } from '../../src/api/http/server.fixture.ts'
import { examplesFolder } from '../../src/api/own/examples.ts'
import { madeExamples, withoutExample } from './ask-examples.ts'

const repository = join(import.meta.dirname, '../..')

test('the program answers as the examples say (else: npm run docs)', async (t) => {
  const made = await madeExamples(t)
  for (const [path, text] of made) {
    assert.equal(readFileSync(join(repository, path), 'utf8'), text, path)
  }
  assert.equal(readdirSync(examplesFolder).length, made.size)
})

interface Media {
  readonly schema: object
  readonly example?: unknown
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { in: string; name: string; schema: object; example?: unknown }[]
  readonly requestBody?: { readonly content: Record<string, Media> }
  readonly responses: Record<string, { readonly content?: Record<string, Media> }>
}

test('every operation with JSON shows an example that its schema allows', async (t) => {
  const { app, authorize } = await startFixture(t)
  const headers = await authorize()
  const { paths, components } = (await app.inject({ url: '/api/openapi.json', headers })).json()
  const assertKept = (schema: object, value: unknown, what: string) => {
    const [isKept, errors] = Schema.Errors({ ...schema, components }, value)
    assert.ok(isKept, `${what}: ${JSON.stringify(errors)}`)
  }
  const items: Record<string, Operation>[] = Object.values(paths)
  for (const operation of items.flatMap((item) => Object.values(item))) {
    const { operationId, parameters = [], requestBody, responses } = operation
    const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'))
    const contents = [requestBody?.content, ...answers.map(([, { content }]) => content)]
    const media = contents.flatMap((content) => content?.['application/json'] ?? [])
    if (withoutExample.has(operationId)) continue
    for (const { schema, example } of media) {
      assert.ok(example !== undefined, `${operationId} has no example`)
      assertKept(schema, example, operationId)
    }
    if (media.length === 0) continue
    for (const { in: place, name, schema, example } of parameters) {
      if (place === 'path') assert.ok(typeof example === 'string', `${operationId} ${name}`)
      if (example !== undefined) assertKept(schema, example, `${operationId} ${name}`)
    }
  }
  const [failure] = components.schemas.Error.examples
  assertKept({ $ref: '#/components/schemas/Error' }, failure, 'Error')
})
