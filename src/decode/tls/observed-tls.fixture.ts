// A conversation over real TLS in, what an observer of the wire sees out: the bytes of both sides
// in their order, and the key log that the server writes. The certificates are for tests alone.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer as createRelay, type Socket } from 'node:net'
import { connect as connectTls, createServer, type TLSSocket, type TlsOptions } from 'node:tls'

/** What the observer saw: who sent it, and what. */
export interface Observed {
  readonly isFromClient: boolean
  readonly bytes: Buffer
}

export interface Conversation {
  readonly observed: readonly Observed[]
  readonly keyLog: string
  readonly cipher: string
}

export interface ConversationOptions {
  readonly tls?: TlsOptions
  /** Sent by turns, the client begins; each waits for the one before. */
  readonly messages: readonly (string | Buffer)[]
  /** Connections one after the other, each resuming the one before. */
  readonly connections?: number
}

/** Has a client and a server of node:tls talk through a relay that listens. */
export async function observeTls(options: ConversationOptions): Promise<Conversation> {
  const observed: Observed[] = []
  let keyLog = ''
  const server = createServer({ key: rsaKey, cert: rsaCertificate, ...options.tls })
  server.on('keylog', (line: Buffer) => (keyLog += line.toString()))
  server.on('secureConnection', (socket) => void answer(socket, options.messages))
  const relay = createRelay((near) => forward(near, portOf(server.address()), observed))
  await Promise.all([listening(server), listening(relay)])
  let cipher = ''
  let session: Buffer | undefined
  for (let i = 0; i < (options.connections ?? 1); i++) {
    const socket = connectTls({
      port: portOf(relay.address()),
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...(options.tls?.ciphers === undefined ? {} : { ciphers: options.tls.ciphers }),
      ...(session === undefined ? {} : { session }),
    })
    socket.on('session', (fresh: Buffer) => (session = fresh))
    await once(socket, 'secureConnect')
    cipher = socket.getCipher().name
    await talk(socket, options.messages)
    socket.end()
    await once(socket, 'close')
  }
  server.close()
  relay.close()
  return { observed, keyLog, cipher }
}

async function talk(socket: TLSSocket, messages: readonly (string | Buffer)[]): Promise<void> {
  for (let i = 0; i < messages.length; i += 2) {
    socket.write(messages[i] ?? '')
    const expected = messages[i + 1]
    if (expected !== undefined) await read(socket, expected.length)
  }
}

async function answer(socket: TLSSocket, messages: readonly (string | Buffer)[]): Promise<void> {
  socket.on('error', () => {})
  for (let i = 0; i < messages.length; i += 2) {
    await read(socket, messages[i]?.length ?? 0)
    socket.write(messages[i + 1] ?? '')
  }
}

async function read(socket: TLSSocket, length: number): Promise<void> {
  let left = length
  while (left > 0) {
    const bytes: Buffer | null = socket.read()
    if (bytes === null) await once(socket, 'readable')
    else left -= bytes.length
  }
}

function forward(near: Socket, port: number, observed: Observed[]): void {
  const far = connect(port, '127.0.0.1')
  const pass = (from: Socket, to: Socket, isFromClient: boolean): void => {
    from.on('data', (bytes: Buffer) => {
      observed.push({ isFromClient, bytes: Buffer.from(bytes) })
      to.write(bytes)
    })
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
  }
  pass(near, far, true)
  pass(far, near, false)
}

async function listening(
  server: { listen(port: number, host: string): unknown } & NodeJS.EventEmitter,
) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

export const rsaKey = `-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDUpr51VRWDyUlC
idBxmYG8yelNC9Qgm8+XSHJ0jHAEy/U0V+g9cxTGmPhAvWLl057CyDzJ8s2zl09U
xacYdAMJm8HLbRjaAM3pY0Zitn7m3uqmxqP2sMCj5pT7kNNun8B9Yotgwi0CD/Jn
wi2BvSjRNrwZMEcp5Pso2HSvkgtU/JIaKmLSHnJ1w1BYgY3rSjEvnzEBIlIOwrST
InH5dmfpy7b9wve8nIxYfDYFtv81B655KmfUzDO5VxtDzW9splOl1IVRS4+wvcR3
V2B8aoGg6x6lmmHuv1knnJr0Q4WTgSURJ/X+gano0puRgaIrsDD/gE4pctsPhJJv
CQjDII2bAgMBAAECggEANG7+9FBr8yhNI5Z2qqQWrNW+bGx3vCifGabX7ev47P3b
crIgRhKbs1JhmBj6iz/QXCficUsotFkhSv5HcsycOSDKOp4mbA6Ztyvu3YUxKj0Z
79B3+mpfvaor3xG5SIQkguYrBssqLOGAvFvRO7XIHDoaTD2utmJLGamxr97bY3NG
J7Sv5iIWJ2mGfHK8pjHU1DbVXysr9628QMKfqgsLyqQGTqSjPomtEGCDUCxp1/Do
tPQ3cxSbzjf8HjUMM+Yr5P6Y5AxVQaW1rATV4YbAIPIuMoU8IzELkmrypZ3SJQoD
woPFU/nOK2evLVDyW8zqxyM41VEOGHD+fNy6slA+cQKBgQD8rEszWlVve3L65MR7
9NNLehZ20PLTG/qUpk7zs+DaNfIrztrxuWPETui8aRwguTV00c29AfUj6qLzarJQ
JCJjdnhqnrW11mSLyVkIXhjqT8Og54TIemRR+2yiRn/e9902YwByxXfVQvwNryba
pSVW3SxfcuZS7r4JVBX8Wa93KwKBgQDXc4u4RF629alL7GuBddnSoGn+CCjrVZPe
5sCulmYyPkfeZBzh4cfLSsfkuZelGyINE4pxyZRYO3JyAHR9H+f9+xbH+9v8qISP
bV+j0GW7WMDpVrU+1MJ29HJdUISwtaJ6YhaQZkX5CKGwHGnyBqMUz/DvkWSkjoMc
4eYOmvcLUQKBgQDZgfe6XSjurvZrxELf8gFyF8b+wSBHWu56yC9u2onVTlsKGyee
rliTxNnUVyc/hC/gQDs7WVQNdw6PPGoDUxfHR1Shc744qjYjn1BlQ5tvGPruqF5F
thZl/Gmnx8iLyBNFnjPkmNhvXRpdLUnlLgTWoc5w3BgpjBtLLHdApHPHwQKBgQCL
UDqTTxpTgewTnO8zCgpsSK/gxFP5QB/arSkAe13ftSfxpJiMctsnF9bDjkKBT1co
T29g/nB+0QnCr4qjceMn9pkXfUMVT75Po/CI03NEvjIXb6rI0vhfxNbCghMa1IgY
TJ68hnVOf4dVgjn7dtEy3vazYjdKtKARJ/0Diq6d0QKBgAtrh8i+BNEXuUnsyX/U
9p4KBuuFrNHpnuTQND6R3UeLxhBK2a034C8mvaLY7iWe2qocv15VKbHFLeeSFZdL
67+2Gp2wZPhJU2eB3pWrQ533xU6UZjaXV+V9CkzyzpzgljFSTHlqoNioHhcqr4zt
Tk8PsrKbzuaclwKwhDCR7i5D
-----END PRIVATE KEY-----
`

export const rsaCertificate = `-----BEGIN CERTIFICATE-----
MIIDETCCAfmgAwIBAgIUQBtQGbCRk/MJLF8EyN1nP5pd4R4wDQYJKoZIhvcNAQEL
BQAwFzEVMBMGA1UEAwwMZWFyc2hvdC50ZXN0MCAXDTI2MTEyMTA0NTczN1oYDzIw
ODEwODI0MDQ1NzM3WjAXMRUwEwYDVQQDDAxlYXJzaG90LnRlc3QwggEiMA0GCSqG
SIb3DQEBAQUAA4IBDwAwggEKAoIBAQDUpr51VRWDyUlCidBxmYG8yelNC9Qgm8+X
SHJ0jHAEy/U0V+g9cxTGmPhAvWLl057CyDzJ8s2zl09UxacYdAMJm8HLbRjaAM3p
Y0Zitn7m3uqmxqP2sMCj5pT7kNNun8B9Yotgwi0CD/Jnwi2BvSjRNrwZMEcp5Pso
2HSvkgtU/JIaKmLSHnJ1w1BYgY3rSjEvnzEBIlIOwrSTInH5dmfpy7b9wve8nIxY
fDYFtv81B655KmfUzDO5VxtDzW9splOl1IVRS4+wvcR3V2B8aoGg6x6lmmHuv1kn
nJr0Q4WTgSURJ/X+gano0puRgaIrsDD/gE4pctsPhJJvCQjDII2bAgMBAAGjUzBR
MB0GA1UdDgQWBBQI1RpwotHuVS1tZPW7x4u9cY+tEzAfBgNVHSMEGDAWgBQI1Rpw
otHuVS1tZPW7x4u9cY+tEzAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUA
A4IBAQC0ZQ8w/sFHFyPKf9NGop393Ck0UUU/uKkLN95xJYadbGqSldmGWVbYM59q
yo7ePDS6zuX5SjaICyoLwMiUMv5MufCHBtn61TKvFh5trTDc0Mcte6l4Mbt90/Oc
x4FBS7Y4TI3udE4qQfTNyBX0t8K7++SuFGi/LvVNvBfw67Xzp7+xNSfbRF6LDwsH
EVTpo2PVChKXCYeGjWEoEpfcAJqPFbfcTUJ840uvV7UV7rt4UTIx0y5pEVelGFjk
xVzJ/x+6EuUGgOP+X04MSafG+z0I0yBQZiw6l519tHNzIeJLctU7U2t55pQI2S3s
eiuNj5rQ2ZQami4M/CgUEleie74c
-----END CERTIFICATE-----
`

export const ecKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgG7dnAE2efE4zZWs9
Ro9Iexcxc0ZNxpCXRrlZo8h6G8uhRANCAATA51U6R2Oa+g5NC+NW5mjlGaIy5IjK
e2p6x1DDsor/CVa0rCpTKLv8qgZYWi7Y6efkXF6MaJx1qpbkRcVVinvs
-----END PRIVATE KEY-----
`

export const ecCertificate = `-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUVu6kmO0SwNpY1N0cpvga+XJd2vwwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMZWFyc2hvdC50ZXN0MCAXDTI2MTEyMTA0NTczN1oYDzIwODEw
ODI0MDQ1NzM3WjAXMRUwEwYDVQQDDAxlYXJzaG90LnRlc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATA51U6R2Oa+g5NC+NW5mjlGaIy5IjKe2p6x1DDsor/CVa0
rCpTKLv8qgZYWi7Y6efkXF6MaJx1qpbkRcVVinvso1MwUTAdBgNVHQ4EFgQUOVKr
g6cFvFUZt26Xpc2X8oNg69YwHwYDVR0jBBgwFoAUOVKrg6cFvFUZt26Xpc2X8oNg
69YwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAtx82vK1hLt7o
+SaUrezH50zUD6Nyfv2TyylVPXyH6kQCIA3tZjsCBsDRCcZYLDJ9kHZrD6vYgWNA
v9CQj03d4bPj
-----END CERTIFICATE-----
`
