// rtpengine's control protocol (ng), for tests: a cookie, a blank and a bencoded dictionary over
// UDP, asked again until it is answered.
import { createSocket, type Socket } from 'node:dgram'

const AGAIN_MS = 200

/** Asks once; texts in, texts out. */
export async function askNg(
  port: number,
  question: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  const cookie = `${question['command']}-1`
  const send = (): void => {
    socket.send(`${cookie} ${encode(question)}`, port, '127.0.0.1')
  }
  const again = setInterval(send, AGAIN_MS)
  try {
    send()
    return await answerOf(socket, cookie)
  } finally {
    clearInterval(again)
    socket.close()
  }
}

function answerOf(socket: Socket, cookie: string): Promise<Map<string, string>> {
  return new Promise((resolve) => {
    socket.on('message', (message) => {
      const text = message.toString('latin1')
      if (text.startsWith(`${cookie} `)) resolve(decode(text.slice(cookie.length + 1)))
    })
  })
}

function encode(values: Readonly<Record<string, string>>): string {
  const texts = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `d${texts
    .flat()
    .map((text) => `${text.length}:${text}`)
    .join('')}e`
}

/** The texts on the first level of a dictionary of texts, which is all that we ask for. */
function decode(text: string): Map<string, string> {
  const texts: string[] = []
  for (let at = 1; at < text.length && text[at] !== 'e'; ) {
    const colon = text.indexOf(':', at)
    const end = colon + 1 + Number(text.slice(at, colon))
    if (!(end > colon)) break
    texts.push(text.slice(colon + 1, end))
    at = end
  }
  return new Map(texts.flatMap((name, i) => (i % 2 === 0 ? [[name, texts[i + 1] ?? '']] : [])))
}
