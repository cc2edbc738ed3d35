// The counters once more, as Prometheus reads them (text format 0.0.4).
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { App } from '../http/app.ts'
import { refuseLimited } from '../http/finder-of.ts'
import type { VendorParts } from '../vendor/vendor-parts.ts'
import { ArrivalMetrics } from './arrival-metrics.ts'

/** Adds `/metrics`; times the requests of every API, which all pass through `root`. */
export function registerMetrics(app: App, parts: VendorParts, root: App): void {
  // A registry of our own, for the module's global one is shared by every server of the process.
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'earshot_' })
  measureRequests(root, registry)
  const arrivals = new ArrivalMetrics(registry)
  const gauges = new Map<string, Gauge>()
  const set = (station: string, counters: Readonly<Record<string, number | null>>) => {
    for (const [name, value] of Object.entries(counters)) {
      const metric = `earshot_${station}_${snakeCase(name)}`
      const help = `${name} of the ${station}, as /api/v1/counters tells it`
      const gauge = gauges.get(metric) ?? new Gauge({ name: metric, help, registers: [registry] })
      gauges.set(metric, gauge)
      gauge.set(value ?? 0)
    }
  }

  app.get(
    '/metrics',
    { config: { isOpen: parts.settings.isMetricsOpen }, schema: { hide: true } },
    async (request, reply) => {
      refuseLimited(request)
      set('store', { ...(await parts.finder.counters()) })
      set('ingest', parts.counters())
      const live = parts.liveState?.()
      if (live !== undefined) arrivals.set(live)
      set('accounts', parts.accounts.stats())
      set('http', parts.connections.stats())
      reply.type(registry.contentType)
      return registry.metrics()
    },
  )
}

function measureRequests(root: App, registry: Registry): void {
  const durations = new Histogram({
    name: 'earshot_http_request_seconds',
    help: 'Time from the request to the end of its answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  root.addHook('onResponse', async (request, reply) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: String(reply.statusCode),
    }
    durations.observe(labels, reply.elapsedTime / 1000)
  })
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/\W/g, '_')
}
