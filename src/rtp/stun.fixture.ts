// For tests of ICE: a username in, a STUN Binding request with it out, as an agent sends one.

const COOKIE = 0x2112a442
const HEADER_BYTES = 20
const PRIORITY = 0x0024
const USERNAME = 0x0006

export function stunRequest(username: string): Buffer {
  const priority = attribute(PRIORITY, Buffer.from('6e7f1eff', 'hex'))
  const body = Buffer.concat([priority, attribute(USERNAME, Buffer.from(username))])
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(1, 0)
  header.writeUInt16BE(body.length, 2)
  header.writeUInt32BE(COOKIE, 4)
  return Buffer.concat([header, body])
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)])
}
