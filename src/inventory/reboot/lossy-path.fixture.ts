// For tests: a UDP path to a peer that loses what it is told to lose.
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'

interface CleanUp {
  readonly after: (work: () => unknown) => void
}

/** Which datagrams get lost: the n-th, from 1, on the way there or on the way back. */
export type Loss = (n: number, way: 'there' | 'back') => boolean

/** Opens a path to a port of this machine, and gives the port at its beginning. */
export async function openLossyPath(
  cleanUp: CleanUp,
  peerPort: number,
  isLost: Loss,
): Promise<number> {
  const near = createSocket('udp4')
  const far = createSocket('udp4')
  near.bind(0, '127.0.0.1')
  far.bind(0, '127.0.0.1')
  await Promise.all([once(near, 'listening'), once(far, 'listening')])
  cleanUp.after(() => {
    near.close()
    far.close()
  })
  let asker: RemoteInfo | undefined
  const counts = { there: 0, back: 0 }
  near.on('message', (bytes, from) => {
    asker = from
    if (!isLost(++counts.there, 'there')) far.send(bytes, peerPort, '127.0.0.1')
  })
  far.on('message', (bytes) => {
    if (asker === undefined || isLost(++counts.back, 'back')) return
    near.send(bytes, asker.port, asker.address)
  })
  return near.address().port
}
