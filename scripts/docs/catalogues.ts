// In: the src folder. Out: the problem catalogue of every station that has one. A catalogue is the
// export `<station>Problems` of the station's problems.ts.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ProblemCatalogue, ProblemKind } from '../../src/base/problem.ts'

export interface StationProblems {
  readonly station: string
  readonly catalogue: ProblemCatalogue
}

/** Catalogues in the order of the stations' names. Throws where one lacks its export. */
export async function readCatalogues(source: string): Promise<StationProblems[]> {
  const found: StationProblems[] = []
  for (const station of readdirSync(source).sort()) {
    const path = join(source, station, 'problems.ts')
    if (!existsSync(path)) continue
    const exported: object = await import(path)
    const catalogue = new Map<string, unknown>(Object.entries(exported)).get(`${station}Problems`)
    if (!isCatalogue(catalogue)) throw new Error(`${path} exports no ${station}Problems`)
    found.push({ station, catalogue })
  }
  return found
}

function isCatalogue(value: unknown): value is ProblemCatalogue {
  return typeof value === 'object' && value !== null && Object.values(value).every(isKind)
}

function isKind(value: unknown): value is ProblemKind {
  if (typeof value !== 'object' || value === null) return false
  const { severity, meaning, rule } = { severity: '', meaning: '', rule: undefined, ...value }
  const isTextOrAbsent = rule === undefined || typeof rule === 'string'
  return /^(?:note|odd|broken)$/.test(severity) && typeof meaning === 'string' && isTextOrAbsent
}
