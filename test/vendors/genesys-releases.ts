// For tests: two releases of the vendor's client under one face, so that every operation is asked
// through both. A release that lacks a method asks through callApi, as its methods themselves do.
import { createRequire } from 'node:module'

/** An answer or a rejection, as the release hands it on. */
export interface Outcome {
  /** What the call resolved with; undefined where it was rejected. */
  readonly value: unknown
  /** The error body of a rejection; undefined where it resolved. */
  readonly error: VendorError | undefined
}

export interface VendorError {
  readonly message: string
  readonly code: string
  readonly status: number
  readonly contextId: string
  readonly entityId?: string
  readonly messageWithParams?: string
  readonly messageParams?: Readonly<Record<string, string>>
  readonly details: readonly { readonly errorCode: string; readonly fieldName: string }[]
  readonly errors: readonly unknown[]
}

/** What is asked: path with its parameters apart, as the client's own methods have it. */
export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly inPath?: Readonly<Record<string, string>>
  readonly inQuery?: Readonly<Record<string, unknown>>
  readonly body?: object
  /** The client's own method and its arguments, for releases that have it. */
  readonly own?: readonly [name: string, ...args: unknown[]]
}

export interface Release {
  readonly name: string
  /** Points the client at a port; asks with this token, or with none. */
  connect(port: number, token: string | undefined): void
  ask(question: Question): Promise<Outcome>
}

interface Client {
  basePath: string
  readonly config?: { setGateway(gateway: object): void }
  readonly authentications: Readonly<Record<string, { accessToken: string | undefined }>>
  callApi(
    path: string,
    method: string,
    inPath: object,
    inQuery: object,
    headers: object,
    form: object,
    body: object | null,
    auth: readonly string[],
    contentTypes: readonly string[],
    accepts: readonly string[],
  ): Promise<unknown>
}

interface Platform {
  readonly ApiClient: { readonly instance: Client }
  readonly TelephonyApi: new () => Record<
    string,
    ((...args: unknown[]) => Promise<unknown>) | undefined
  >
}

const load = createRequire(import.meta.url)

/** 262.0.0, with axios and a gateway setting; 72.1.0, with superagent and a base path. */
export const releases: readonly Release[] = [
  releaseOf('262.0.0', load('purecloud-platform-client-v2') as Platform),
  releaseOf('72.1.0', load('purecloud-platform-client-v2-72') as Platform),
]

function releaseOf(name: string, { ApiClient, TelephonyApi }: Platform): Release {
  const client = ApiClient.instance
  return {
    name,
    connect(port, token) {
      if (client.config?.setGateway === undefined) client.basePath = `http://127.0.0.1:${port}`
      else client.config.setGateway({ host: '127.0.0.1', protocol: 'http', port })
      // Given an empty one, an older release keeps the one that it had.
      const auth = client.authentications['PureCloud OAuth']
      if (auth !== undefined) auth.accessToken = token
    },
    async ask({ method, path, inPath = {}, inQuery = {}, body, own }) {
      const [ownName = '', ...args] = own ?? []
      const api = new TelephonyApi()
      try {
        const value = await (api[ownName] === undefined
          ? client.callApi(
              ...([path, method, inPath, inQuery, {}, {}, body ?? null] as const),
              ...([['PureCloud OAuth'], ['application/json'], ['application/json']] as const),
            )
          : api[ownName](...args))
        return { value, error: undefined }
      } catch (error) {
        // 262 rejects with the body, 72.1.0 with a wrapper around it.
        const wrapper = error as { readonly body?: VendorError }
        return { value: undefined, error: wrapper.body ?? (error as VendorError) }
      }
    },
  }
}

/** A token of the vendor's kind, for releases whose own login cannot be pointed at us. */
export async function tokenFor(port: number, id: string, secret: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  })
  const { access_token: token } = (await response.json()) as { readonly access_token: string }
  return token
}
