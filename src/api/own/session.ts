// Logging in and out for browsers: an id and a secret in, a cookie out that no script can read.
// Programs take a token instead (tokens.ts).
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'
import { apiLimits } from '../http/limits.ts'
import type { ApiParts } from '../http/parts.ts'
import { SESSION_COOKIE } from './auth.ts'
import { CHANGE_ERRORS, errorsOf } from './error-body.ts'

export const Credentials = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 1_000 }),
    secret: Type.String({ minLength: 1, maxLength: 10_000 }),
  },
  { additionalProperties: false },
)

const Session = Type.Object({
  id: Type.String({ description: 'The account' }),
  permissions: Type.Unsafe<readonly string[]>(Type.Array(Type.String())),
})

export function registerSession(app: App, parts: ApiParts): void {
  const tags = ['session']
  app.post(
    '/api/v1/session',
    {
      config: { isOpen: true },
      bodyLimit: apiLimits.credentialsBytesMax,
      schema: {
        tags,
        summary: 'Log in',
        description: 'Answers with the cookie `earshot_session`, which stands for the account.',
        security: [],
        body: Credentials,
        response: { 200: Session, ...errorsOf(...CHANGE_ERRORS, 401) },
      },
    },
    async (request, reply) => {
      const { id, secret } = request.body
      const account = await parts.accounts.verify('own', id, secret, request.ip)
      endSession(request, parts)
      const { sessionSeconds } = parts.settings
      const grant = parts.accounts.openGrant('session', account, sessionSeconds)
      setCookie(request, reply, { parts, token: grant.token, maxAgeSeconds: sessionSeconds })
      return { id: account.id, permissions: account.permissions }
    },
  )

  app.get(
    '/api/v1/session',
    {
      config: { permission: null },
      schema: { tags, summary: 'Who am I', response: { 200: Session, ...errorsOf(401) } },
    },
    async (request) => ({
      id: request.account?.id ?? '',
      permissions: request.account?.permissions ?? [],
    }),
  )

  app.delete(
    '/api/v1/session',
    {
      config: { isOpen: true },
      schema: {
        tags,
        summary: 'Log out',
        description: 'Ends the session of the cookie; nothing happens where there is none.',
        response: {
          204: Type.Null({ description: 'Logged out' }),
          ...errorsOf(...CHANGE_ERRORS, 403),
        },
      },
    },
    async (request, reply) => {
      endSession(request, parts)
      setCookie(request, reply, { parts, token: '', maxAgeSeconds: 0 })
      return reply.code(204).send(null)
    },
  )
}

function endSession(request: FastifyRequest, parts: ApiParts): void {
  const token = request.cookies[SESSION_COOKIE]
  if (token !== undefined) parts.accounts.closeGrant(token)
}

interface CookieValue {
  readonly parts: ApiParts
  readonly token: string
  readonly maxAgeSeconds: number
}

function setCookie(request: FastifyRequest, reply: FastifyReply, value: CookieValue): void {
  const isPublicSecure = value.parts.settings.publicUrl?.startsWith('https:') === true
  reply.setCookie(SESSION_COOKIE, value.token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    // Not always: on plain http, as at first on one's own machine, a browser would drop it.
    secure: request.protocol === 'https' || isPublicSecure,
    maxAge: value.maxAgeSeconds,
  })
}
