// The settings of recordings, a part of the table in settings.ts: recording clients, rules, a PBX's
// own files, transcripts.
import { ADDRESS_OR_NETWORK, list, optionalText, portRange, text, wholeNumber } from './setting.ts'

const PORT = { unit: 'port', min: 0, max: 65_535 }
const FILE = { unit: 'file', pattern: /./ }

export const recordingSettings = {
  siprecPort: wholeNumber(
    {
      flag: 'siprec',
      group: 'recordings',
      help: 'UDP and TCP port on which recording clients (SIPREC) are taken; 0 for none',
    },
    PORT,
    0,
  ),
  siprecTlsPort: wholeNumber(
    {
      flag: 'siprec-tls',
      group: 'recordings',
      help: 'the same over TLS, with the certificate of --tls-cert and --tls-key; 0 for none',
    },
    PORT,
    0,
  ),
  siprecHost: text(
    {
      flag: 'siprec-host',
      group: 'recordings',
      help: 'address for recording clients and their media; 0.0.0.0 for every network',
    },
    'address',
    '0.0.0.0',
  ),
  siprecNetworks: list(
    {
      flag: 'siprec-networks',
      group: 'recordings',
      help: 'recording clients that are taken; without them, whoever reaches the port',
    },
    { ...ADDRESS_OR_NETWORK, itemsMax: 256 },
    [],
  ),
  siprecMediaPorts: portRange(
    {
      flag: 'siprec-media-ports',
      group: 'recordings',
      help: 'ports for the media of recording clients; each of their streams takes two',
    },
    { first: 20_000, last: 29_999 },
  ),
  siprecMediaAddress: optionalText(
    {
      flag: 'siprec-media-address',
      group: 'recordings',
      help: 'address that clients are told to send media to; else the one that faces them',
    },
    { unit: 'address', pattern: /^[\da-fA-F.:]{2,45}$/ },
  ),
  siprecSessionsMax: wholeNumber(
    {
      flag: 'siprec-sessions-max',
      group: 'recordings',
      help: 'recording sessions at once; the next client is told to come back later',
    },
    { unit: 'sessions', min: 1, max: 2_000 },
    500,
  ),
  recordingRulesFile: optionalText(
    {
      flag: 'recording-rules',
      group: 'recordings',
      help: 'file that says which calls are recorded; see docs/operate/recordings.md',
    },
    FILE,
  ),
  recordingsFolder: optionalText(
    {
      flag: 'recordings-folder',
      group: 'recordings',
      help: 'folder in which a PBX leaves its own recordings, which are taken in and left there',
    },
    { unit: 'folder', pattern: /./ },
  ),
  transcriber: optionalText(
    {
      flag: 'transcriber',
      group: 'recordings',
      help: 'command that writes down what is said in a WAV; or whisper, or pocketsphinx',
    },
    { unit: 'command', pattern: /./ },
  ),
  transcriptionsAtOnce: wholeNumber(
    { flag: 'transcriptions-at-once', group: 'recordings', help: 'transcribers that run at once' },
    { unit: 'transcribers', min: 1, max: 64 },
    1,
  ),
} as const
