// The routes' schemas as an OpenAPI 3.1 document, and a page that renders it from files of our
// own. The document is made from what the server checks and writes, so it cannot say otherwise.
import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { FastifySchema } from 'fastify'
import type { App } from '../http/app.ts'
import type { ApiParts } from '../http/parts.ts'
import { SESSION_COOKIE } from './auth.ts'
import { addExamples } from './examples.ts'

// The page sets styles in its markup; scripts still come from us alone.
const PAGE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// The page's own bar would offer to load documents from elsewhere, which its policy refuses.
const STYLE = '.swagger-ui .topbar .download-url-wrapper { display: none }'
const LOGO = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="150" height="40" fill="white">' +
    '<text y="29" font-family="sans-serif" font-size="26" font-weight="bold">Earshot</text></svg>',
)

/** Adds the document and its page. Routes that are registered later are in it. */
export async function registerDocument(app: App, parts: ApiParts): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Earshot',
        version: parts.settings.version,
        description:
          'Calls, their legs and messages. Times in answers are integers, µs since 1970; every ' +
          'error has the form of `Error` and the status of its kind.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'session', description: 'Who asks' },
        { name: 'accounts', description: 'Who may ask, and what part of the traffic is theirs' },
        { name: 'calls', description: 'What was seen' },
        { name: 'sound', description: 'What was heard' },
        { name: 'recordings', description: 'Sound that is kept' },
        { name: 'vendors', description: 'The same calls as other APIs show them' },
        { name: 'callbacks', description: 'Applications that are told of calls' },
        { name: 'export', description: 'What was seen, as files' },
        { name: 'import', description: 'Captures taken in' },
        { name: 'arrivals', description: 'What comes in live, and from whom' },
        { name: 'inventory', description: 'Sites, edges and phones, and their reboots' },
        { name: 'counters', description: 'How much there is' },
      ],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) =>
        typeof $id === 'string' ? $id : `schema-${i}`,
    },
    convertConstToEnum: false,
    transformObject: (made) => {
      if (!('openapiObject' in made)) return made.swaggerObject
      addExamples(made.openapiObject as Parameters<typeof addExamples>[0])
      return made.openapiObject
    },
    transform: ({ schema, url, route }) => ({
      schema: { ...described(schema), operationId: operationIdOf(String(route.method), url) },
      url,
    }),
  })
  await app.register(fastifySwaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: PAGE_POLICY,
    logo: { type: 'image/svg+xml', content: LOGO, href: '/' },
    theme: { title: 'Earshot API', css: [{ filename: 'earshot.css', content: STYLE }] },
    uiConfig: { deepLinking: true, validatorUrl: null, url: '/api/openapi.json' },
  })
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

/** The name of an operation in clients that are made from the document: `getCallStreams`. */
function operationIdOf(method: string, url: string): string {
  const parts = url.replace(/^\/api\/v1\//, '').split('/')
  const words = parts.flatMap((part, at) => {
    if (part.startsWith(':')) return []
    const isOne = parts[at + 1]?.startsWith(':') === true
    return (isOne ? part.replace(/s$/, '') : part).split(/\W/)
  })
  const capital = (word: string) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`
  return [method.toLowerCase(), ...words.map(capital)].join('')
}

/** An answer that nothing else is said of is what its route says of itself. */
function described(schema: FastifySchema): FastifySchema {
  if (typeof schema.response !== 'object' || schema.response === null) return schema
  const answers = Object.entries(schema.response).map(([status, answer]) => [
    status,
    { description: schema.summary, ...answer },
  ])
  return { ...schema, response: Object.fromEntries(answers) }
}
