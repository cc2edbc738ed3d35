// Settings in, what the live line takes in out: one entry for each source that is wanted.
import type { MessagePort } from 'node:worker_threads'
import { Failure } from '../base/failure.ts'
import type { Settings } from '../config/settings.ts'
import type { SourceOrders } from '../line/live-sources.ts'

/** `webSockets`: the port that leads to the WebSockets of the pages. */
export function liveOrders(settings: Settings, webSockets: MessagePort): SourceOrders[] {
  const orders: SourceOrders[] = []
  const hep = hepOrders(settings, webSockets)
  if (hep !== undefined) orders.push(hep)
  const siprec = siprecOrders(settings)
  if (siprec !== undefined) orders.push(siprec)
  const { captureBufferMegabytes: bufferMegabytes } = settings
  const filter = settings.captureFilter ?? filterWithout(settings)
  for (const device of settings.interfaces) {
    orders.push({ kind: 'interface', device, filter, bufferMegabytes })
  }
  return orders
}

/** The listeners, where a port is given. WebSockets need none of their own. */
function hepOrders(settings: Settings, webSockets: MessagePort): SourceOrders | undefined {
  const { hepHost: host, hepPort: port, hepTlsPort, hepKey, tlsCert, tlsKey } = settings
  if (port === 0 && hepTlsPort === 0) return undefined
  if (hepTlsPort !== 0 && (tlsCert === undefined || tlsKey === undefined)) {
    throw new Failure('bad-input', '--hep-tls needs --tls-cert and --tls-key')
  }
  const tls =
    hepTlsPort === 0 || tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { port: hepTlsPort, certificateFile: tlsCert, keyFile: tlsKey } }
  return { kind: 'hep', host, port, ...tls, authKey: hepKey ?? '', webSockets }
}

/** The recording server, where a port is given; TLS where there is a certificate too. */
function siprecOrders(settings: Settings): SourceOrders | undefined {
  const { siprecPort: port, siprecTlsPort, siprecMediaAddress, tlsCert, tlsKey } = settings
  if (port === 0 && siprecTlsPort === 0) return undefined
  if (siprecTlsPort !== 0 && (tlsCert === undefined || tlsKey === undefined)) {
    throw new Failure('bad-input', '--siprec-tls needs --tls-cert and --tls-key')
  }
  const tls =
    siprecTlsPort === 0 || tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { port: siprecTlsPort, certificateFile: tlsCert, keyFile: tlsKey } }
  return {
    kind: 'siprec',
    host: settings.siprecHost,
    networks: settings.siprecNetworks,
    port: port === 0 ? undefined : port,
    ...tls,
    mediaPorts: settings.siprecMediaPorts,
    ...(siprecMediaAddress === undefined ? {} : { mediaAddress: siprecMediaAddress }),
    sessionsMax: settings.siprecSessionsMax,
  }
}

/**
 * Everything but what our own ports take in and give out: it would be seen twice. Says what is left
 * out, not what is wanted, so that fragments and tunnels, which show no port, stay.
 */
function filterWithout({ port, hepPort, hepTlsPort }: Settings): string {
  const terms = [
    ...(port === 0 ? [] : [`tcp port ${port}`]),
    ...(hepPort === 0 ? [] : [`port ${hepPort}`]),
    ...(hepTlsPort === 0 ? [] : [`tcp port ${hepTlsPort}`]),
  ]
  return terms.length === 0 ? '' : `not (${terms.join(' or ')})`
}
