// The type of our Fastify instance, and what we hang on its requests and routes. Types alone.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Account } from '../../accounts/account.ts'

/** Fastify with requests and answers typed by their TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom the request acts for; null before, and where none is needed. */
    account: Account | null
  }

  interface FastifyContextConfig {
    /** The permission of the route's API that is needed; null where any account will do. */
    permission?: string | null
    /** True where an API tells apart that any one of its permissions would have done. */
    isAnyPermission?: boolean
    /** Answers without an account. */
    isOpen?: boolean
    /** Milliseconds to take the body in and find an answer, where the common bound does not do. */
    answerMsMax?: number
  }
}
