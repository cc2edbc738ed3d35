// A certificate and its key in, the server that speaks TLS with them out. Both are read once, at
// the start: a renewed certificate needs a restart.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { RequestListener } from 'node:http'
import { Failure } from '../../base/failure.ts'
import { apiLimits } from './limits.ts'
import type { ApiSettings } from './parts.ts'

/** What Fastify makes its server with; undefined where no certificate is set. @throws Failure */
export function tlsServerFactory(
  settings: Pick<ApiSettings, 'tlsCert' | 'tlsKey'>,
): ((listener: RequestListener) => Server) | undefined {
  const { tlsCert, tlsKey } = settings
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new Failure('bad-input', 'TLS needs both a certificate and its key')
  }
  const options = {
    cert: readPem(tlsCert),
    key: readPem(tlsKey),
    minVersion: 'TLSv1.2',
    handshakeTimeout: apiLimits.headersMsMax,
    headersTimeout: apiLimits.headersMsMax,
    requestTimeout: 0,
  } as const
  return (listener) => {
    try {
      return createServer(options, listener).setTimeout(apiLimits.silenceMsMax)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Failure('bad-input', `the TLS certificate or its key: ${reason}`, { cause: error })
    }
  }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new Failure('bad-input', `${path}: cannot be read`, { cause: error })
  }
}
