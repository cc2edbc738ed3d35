// An id and a secret in, a bearer token out (RFC 6750), for programs.
import { Type } from '@fastify/type-provider-typebox'
import type { App } from '../http/app.ts'
import { apiLimits } from '../http/limits.ts'
import type { ApiParts } from '../http/parts.ts'
import { CHANGE_ERRORS, errorsOf } from './error-body.ts'
import { Credentials } from './session.ts'

export function registerTokens(app: App, parts: ApiParts): void {
  app.post(
    '/api/v1/tokens',
    {
      config: { isOpen: true },
      bodyLimit: apiLimits.credentialsBytesMax,
      schema: {
        tags: ['session'],
        summary: 'Get a token',
        description: 'Send it as `Authorization: Bearer TOKEN`. It cannot be told again.',
        security: [],
        body: Credentials,
        response: {
          200: Type.Object({
            token: Type.String(),
            expiresAtUs: Type.Integer({ description: 'When it ends, µs since 1970' }),
          }),
          ...errorsOf(...CHANGE_ERRORS, 401),
        },
      },
    },
    async (request) => {
      const { id, secret } = request.body
      const account = await parts.accounts.verify('own', id, secret, request.ip)
      return parts.accounts.openGrant('bearer', account, parts.settings.tokenSeconds)
    },
  )
}
