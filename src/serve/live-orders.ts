// Settings in, what the live line takes in out: one entry for each source that is wanted.
import { Failure } from '../base/failure.ts'
import type { Settings } from '../config/settings.ts'
import type { SourceOrders } from '../line/live-sources.ts'

export function liveOrders(settings: Settings): SourceOrders[] {
  const orders: SourceOrders[] = []
  const { hepHost, hepPort, hepKey } = settings
  if (hepPort !== 0) {
    orders.push({ kind: 'hep', host: hepHost, port: hepPort, authKey: hepKey ?? '' })
  }
  const siprec = siprecOrders(settings)
  if (siprec !== undefined) orders.push(siprec)
  const { captureBufferMegabytes: bufferMegabytes } = settings
  const filter = settings.captureFilter ?? filterWithout(settings)
  for (const device of settings.interfaces) {
    orders.push({ kind: 'interface', device, filter, bufferMegabytes })
  }
  return orders
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
function filterWithout({ port, hepPort }: Settings): string {
  const own = [port === 0 ? '' : `tcp port ${port}`, hepPort === 0 ? '' : `port ${hepPort}`]
  const terms = own.filter((term) => term !== '')
  return terms.length === 0 ? '' : `not (${terms.join(' or ')})`
}
