// The token endpoint: a client id and secret in, a bearer token out (client credentials,
// RFC 6749 §4.4). The other grants need a login page that we do not have, and are refused.
import fastifyFormbody from '@fastify/formbody'
import type { FastifyRequest } from 'fastify'
import { isFailure } from '../../base/failure.ts'
import type { App } from '../http/app.ts'
import { apiLimits } from '../http/limits.ts'
import type { ApiParts } from '../http/parts.ts'
import { GenesysCloudFailure, TOKEN_PATH } from './errors.ts'

interface ClientCredentials {
  readonly id: string
  readonly secret: string
}

export function registerOauth(app: App, parts: ApiParts): void {
  // A scope of its own: nowhere else is a form taken as a body.
  app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers()
    await scope.register(fastifyFormbody)
    // Whatever else comes is told what is missing in the form of OAuth, not of HTTP.
    scope.addContentTypeParser('*', { parseAs: 'string' }, async () => undefined)
    const options = { config: { isOpen: true }, bodyLimit: apiLimits.credentialsBytesMax }
    scope.post(TOKEN_PATH, options, async (request) => {
      const form = formOf(request.body)
      checkGrantType(form.grant_type)
      const client = readClient(request.headers.authorization, form)
      const account = await verifyClient(parts, client, request)
      const { tokenSeconds } = parts.settings
      const grant = parts.accounts.openGrant('bearer', account, tokenSeconds)
      return {
        access_token: grant.token,
        token_type: 'bearer',
        expires_in: tokenSeconds,
        error: null,
      }
    })
  })
}

function formOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

function checkGrantType(grantType: unknown): void {
  if (grantType === 'client_credentials') return
  if (typeof grantType !== 'string') throw refused('invalid_request', 'one grant_type is required')
  throw refused('unsupported_grant_type', 'only client_credentials is supported')
}

/** The Basic header, or the form's own fields (RFC 6749 §2.3.1). */
function readClient(
  authorization: string | undefined,
  form: Readonly<Record<string, unknown>>,
): ClientCredentials {
  const basic = /^Basic +([\w+/-]+=*) *$/i.exec(authorization ?? '')?.[1]
  if (basic !== undefined) {
    const text = Buffer.from(basic, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    if (colon !== -1) return { id: text.slice(0, colon), secret: text.slice(colon + 1) }
  }
  const { client_id: id, client_secret: secret } = form
  if (typeof id === 'string' && typeof secret === 'string') return { id, secret }
  throw refused('invalid_client', 'client credentials are required')
}

async function verifyClient(parts: ApiParts, client: ClientCredentials, request: FastifyRequest) {
  try {
    return await parts.accounts.verify('genesys-cloud', client.id, client.secret, request.ip)
  } catch (error) {
    if (!isFailure(error, 'unauthorized')) throw error
    throw refused('invalid_client', 'client not found or invalid client secret')
  }
}

/** The vendor answers 400 to all of these, also where the RFC would have 401. */
function refused(code: string, text: string): GenesysCloudFailure {
  return new GenesysCloudFailure('bad-input', { code, text })
}
