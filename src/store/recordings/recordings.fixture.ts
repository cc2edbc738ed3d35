// For tests: a recording with every field, of which a test says only what matters to it.
import type { Recording } from './recording.ts'

export const DAY_US = Date.UTC(2026, 10, 21, 8) * 1000

export function makeRecording(wanted: Partial<Recording> = {}): Recording {
  return {
    recordingId: '0b6f4f0e-5d0c-4a51-9a5e-1f5d4dbb6a01',
    callKey: '20261121-abc',
    legKeys: ['20261121-abc'],
    callIds: ['one@example.com'],
    conversationId: null,
    from: '+441632960001',
    to: '+441632960002',
    startUs: DAY_US,
    endUs: DAY_US + 60_000_000,
    durationMs: 60_000,
    state: 'completed',
    failure: null,
    source: 'rtp',
    cause: 'rule',
    channels: 2,
    format: 'wav',
    rule: 'all',
    consent: 'not-required',
    pin: null,
    deleteAfterUs: null,
    createdAtUs: DAY_US,
    updatedAtUs: DAY_US,
    media: [],
    participants: [],
    events: [],
    transcriptions: [],
    originName: null,
    ...wanted,
  }
}

/** A UUID that ends in a number. */
export function recordingId(number: number): string {
  return `0b6f4f0e-5d0c-4a51-9a5e-${number.toString(16).padStart(12, '0')}`
}
