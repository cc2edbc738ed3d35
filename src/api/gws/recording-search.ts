// The query of the list in, what is to be found out: the part that the store answers, and a test
// for the rest. A search without a parameter that the vendor knows is refused.
import type { RecordingFilter } from '../../store/recordings/contract.ts'
import type { Recording } from '../../store/recordings/recording.ts'
import type { NumberRules } from '../vendor/phone-number.ts'
import { type QueryFields, textOf } from '../vendor/query-text.ts'
import { invalidParameter, missingParameter } from './errors.ts'
import { nameTest } from './name-terms.ts'
import { numberTest } from './number-pattern.ts'
import { namesOf, numberOf } from './recording-resource.ts'
import { readTime } from './time-text.ts'

export interface RecordingSearch {
  readonly filter: RecordingFilter
  readonly isWanted: (recording: Recording) => boolean
}

const PARAMETERS = [
  'callerPhoneNumber',
  'dialedPhoneNumber',
  'startTime',
  'endTime',
  'userName',
] as const
type Parameter = (typeof PARAMETERS)[number]

/** Reads the parameters. @throws GwsFailure */
export function readRecordingSearch(fields: QueryFields, numbers: NumberRules): RecordingSearch {
  const given = new Map<Parameter, string>()
  for (const name of PARAMETERS) {
    if (!Object.hasOwn(fields, name)) continue
    const text = readText(fields, name)
    if (text === undefined || text.trim() === '') throw invalidParameter(name)
    given.set(name, text)
  }
  if (given.size === 0) throw missingParameter()
  const startTime = timeOf(given, 'startTime')
  const endTime = timeOf(given, 'endTime')
  const isCaller = numberTestOf(given.get('callerPhoneNumber'))
  const isDialed = numberTestOf(given.get('dialedPhoneNumber'))
  const isNamed = nameTestOf(given.get('userName'))
  return {
    filter: {
      state: 'completed',
      // After the time, and before it: a recording of that very time is neither.
      ...(startTime === undefined ? {} : { startUs: startTime + 1 }),
      ...(endTime === undefined ? {} : { endedBeforeUs: endTime }),
    },
    isWanted: (recording) =>
      isCaller(numberOf(recording.from, numbers)) &&
      isDialed(numberOf(recording.to, numbers)) &&
      isNamed(() => namesOf(recording, numbers)),
  }
}

function readText(fields: QueryFields, name: Parameter): string | undefined {
  try {
    return textOf(fields, name)
  } catch {
    throw invalidParameter(name)
  }
}

function timeOf(given: ReadonlyMap<Parameter, string>, name: Parameter): number | undefined {
  const text = given.get(name)
  return text === undefined ? undefined : readTime(name, text)
}

function numberTestOf(text: string | undefined): (number: string) => boolean {
  return text === undefined ? () => true : numberTest(text)
}

function nameTestOf(text: string | undefined): (names: () => readonly string[]) => boolean {
  if (text === undefined) return () => true
  const test = nameTest(text)
  if (test === undefined) throw invalidParameter('userName')
  return (names) => test(names())
}
