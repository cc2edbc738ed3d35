// Answers whether the process lives, and whether it can answer questions. Open to everybody, for
// those who ask have no account; they say nothing of what is stored.
import { Type } from '@fastify/type-provider-typebox'
import { Failure } from '../../base/failure.ts'
import type { App } from './app.ts'
import type { ApiParts } from './parts.ts'

const Status = Type.Object({ status: Type.String() })

export async function registerHealth(app: App, parts: ApiParts): Promise<void> {
  const schema = { hide: true, response: { 200: Status } }
  app.get('/healthz', { schema }, async () => ({ status: 'alive' }))
  app.get('/readyz', { schema }, async () => {
    try {
      // The latest legs alone: whoever asks every few seconds must not have all days read for it.
      await parts.finder.findLegs({}, { limit: 1 })
    } catch (error) {
      throw new Failure('unavailable', 'the store does not answer', { cause: error })
    }
    return { status: 'ready' }
  })
}
