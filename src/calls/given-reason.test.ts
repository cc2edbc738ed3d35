// Ladders with a Reason in, what the verdict makes of it out.
import { describe } from 'node:test'
import { ANSWERED, type Case, RINGING, testSentences } from './verdict.fixture.ts'

/** A leg to one telephone of several, which is cancelled with this Reason. */
const cancelled = (reason: string) => `${RINGING}
  6.9  A>B  CANCEL      1  a    | ${reason}
  7    A<B  487 INVITE  1  a/b`
const hungUp = (reason: string) => `${ANSWERED}
  9.2  A<B  BYE         1  b/a  | ${reason}`
const refused = (status: number, reason: string) => `
  0    A>B  INVITE            1  a
  4    A<B  ${status} INVITE  1  a/b  | ${reason}`
const LASTED = 'answered after 3.2 s, lasted 6.0 s, ended by the callee'

const reasons: Case[] = [
  ...[
    'Reason: SIP;cause=200;text="Call completed elsewhere"',
    'reason: SIP ;cause=200 ;text="Call completed elsewhere"',
    'Reason: Q.850;cause=26',
    'Reason: SIP;cause=200;; Reason: Q.850;cause=16',
    'Reason: Q.850;cause=16;text="a, b", sip;cause=200',
  ].map((reason) => ({
    sentence: 'answered elsewhere after ringing for 6.0 s',
    ladder: cancelled(reason),
  })),
  {
    sentence: 'answered elsewhere before it rang, after 2.0 s',
    ladder: `
      0    A>B  INVITE      1  a
      1.9  A>B  CANCEL      1  a    | Reason: SIP;cause=200
      2    A<B  487 INVITE  1  a/b`,
  },
  {
    sentence: 'answered elsewhere; no final answer to the INVITE was captured',
    ladder: `${RINGING}
      6.9  A>B  CANCEL      1  a    | Reason: SIP;cause=200`,
  },
  {
    sentence: 'refused elsewhere with SIP cause 603 (Declined elsewhere) after ringing for 6.0 s',
    ladder: cancelled('Reason: SIP;cause=603;text="Declined elsewhere"'),
  },
  {
    sentence: 'refused elsewhere with SIP cause 600 (Busy Everywhere) after ringing for 6.0 s',
    ladder: cancelled('Reason: SIP;cause=600'),
  },
  {
    sentence: 'the caller gave up with Q.850 cause 19 (NO_ANSWER) after ringing for 6.0 s',
    ladder: cancelled('Reason: Q.850;cause=19;text="NO_ANSWER"'),
  },
  ...[
    'Reason: SIP;cause=487;text="ORIGINATOR_CANCEL"',
    'Reason: Q.850;cause=16;text="NORMAL_CLEARING"',
    'Reason: X.int;reasoncode=0x0000000A',
    'Reason: ;;;',
    'X-Reason: SIP;cause=200',
  ].map((reason) => ({
    sentence: 'the caller gave up after ringing for 6.0 s',
    ladder: cancelled(reason),
  })),
  { sentence: LASTED, ladder: hungUp('Reason: Q.850;cause=16;text="Normal call clearing"') },
  { sentence: LASTED, ladder: hungUp('Reason: SIP;cause=200;text="User ended call"') },
  {
    sentence: `${LASTED} with Q.850 cause 102 (recovery on timer expiry)`,
    ladder: hungUp('Reason: Q.850;cause=102'),
  },
  {
    sentence: `${LASTED} with FreeSWITCH cause 604 (MEDIA_TIMEOUT)`,
    ladder: hungUp('Reason: FreeSWITCH;cause=604;text="MEDIA_TIMEOUT"'),
  },
  {
    sentence: `${LASTED} with SIP (RTP, lost)`,
    ladder: hungUp('Reason: SIP;text="RTP, lost"'),
  },
  {
    sentence: `${LASTED} with Q.850 cause 77`,
    ladder: hungUp('Reason: Q.850;cause=16, Q.850;cause=77'),
  },
  {
    sentence:
      'joined in the middle: only its end with Q.850 cause 38 (network out of order) was captured',
    ladder: '9 A>B BYE 2 a/b | Reason: Q.850;cause=38',
  },
  {
    sentence:
      'joined in the middle: its last 5.0 s were captured, ' +
      'ended with Q.850 cause 38 (network out of order)',
    ladder: `
      4    A<B  UPDATE      2  b/a
      9    A>B  BYE         2  a/b | Reason: Q.850;cause=38`,
  },
  {
    sentence:
      'joined after the INVITE; lasted 6.0 s, ended with Q.850 cause 41 (temporary failure)',
    ladder: `
      3    A<B  200 INVITE  1  a/b
      9    A>B  BYE         2  a/b | Reason: Q.850;cause=41`,
  },
  {
    sentence:
      '503 Service Unavailable from 10.0.0.2 after 4.0 s ' +
      'with Q.850 cause 34 (no circuit available)',
    ladder: refused(503, 'Reason: Q.850;cause=34'),
  },
  {
    sentence: '486 Busy Here from 10.0.0.2 after 4.0 s: the called side was busy',
    ladder: refused(486, 'Reason: Q.850;cause=17;text="User busy"'),
  },
  {
    sentence:
      '486 Busy Here from 10.0.0.2 after 4.0 s with Q.850 cause 21 (call rejected): ' +
      'the called side was busy',
    ladder: refused(486, 'Reason: Q.850;cause=21'),
  },
  {
    sentence: '404 Not Found from 10.0.0.2 after 4.0 s',
    ladder: refused(404, 'Reason: SIP;cause=404;text="NO_USER"'),
  },
]

describe('a given Reason', () => testSentences(reasons))
