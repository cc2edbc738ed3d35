// A body that is said to be JSON and is empty in, no body out. Clients put the content type on all
// that they send, also where they send nothing; a route that needs a body refuses it for itself.
import type { App } from './app.ts'

/** Lets the routes of this scope take such bodies. */
export function acceptEmptyJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') done(null, undefined)
      else void parse(request, body, done)
    },
  )
}
