// rtpengine's control protocol (ng), for tests: a cookie, a blank and a bencoded dictionary over
// UDP, asked again until it is answered.
import { createSocket, type Socket } from 'node:dgram'
import { on } from 'node:events'

const AGAIN_MS = 200

/** What a question may hold: texts, lists and dictionaries of them. */
export type NgValue = string | readonly NgValue[] | { readonly [name: string]: NgValue }

/** Asks one rtpengine; gives the texts of the answer. */
export type AskNg = (question: { readonly [name: string]: NgValue }) => Promise<Map<string, string>>

/** Questions so far: rtpengine answers a cookie that it knows with what it answered before. */
let asked = 0

/**
 * Asks until it is answered; gives the texts of the answer.
 * @throws AbortError when `signal` says that nobody will answer
 */
export async function askNg(
  port: number,
  question: { readonly [name: string]: NgValue },
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  asked++
  const cookie = `question-${asked}`
  const send = (): void => {
    socket.send(`${cookie} ${encode(question)}`, port, '127.0.0.1')
  }
  const again = setInterval(send, AGAIN_MS)
  try {
    send()
    return await answerOf(socket, cookie, signal)
  } finally {
    clearInterval(again)
    socket.close()
  }
}

async function answerOf(
  socket: Socket,
  cookie: string,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  for await (const [message] of on(socket, 'message', { signal })) {
    const text = (message as Buffer).toString('latin1')
    if (text.startsWith(`${cookie} `)) return decode(text.slice(cookie.length + 1))
  }
  throw new Error('unreachable: such events end by the signal alone')
}

function encode(value: NgValue): string {
  if (typeof value === 'string') return `${value.length}:${value}`
  if (isList(value)) return `l${value.map(encode).join('')}e`
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `d${entries.map(([name, one]) => encode(name) + encode(one)).join('')}e`
}

const isList = (value: NgValue): value is readonly NgValue[] => Array.isArray(value)

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
