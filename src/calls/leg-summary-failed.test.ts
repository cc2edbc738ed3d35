// Ladders of calls that failed in, how the leg went out: refused, given up, or tried several times.
import {
  ANSWERED,
  answered,
  completed,
  type LadderCase,
  RINGING,
  testLadders,
} from './ladder-cases.fixture.ts'

const refusedCalls: LadderCase[] = [
  {
    name: 'the callee is busy',
    ladder: `${RINGING}
      4    A<B  486 INVITE  1  a/b
      4.1  A>B  ACK         1  a/b`,
    course: { state: 'busy', ring: 1, end: 4, status: 486, by: 'callee' },
  },
  {
    name: 'everybody is busy',
    ladder: `${RINGING}
      4    A<B  600 INVITE  1  a/b`,
    course: { state: 'busy', ring: 1, end: 4, status: 600, by: 'callee' },
  },
  {
    name: 'nobody is there',
    ladder: `
      0    A>B  INVITE      1  a
      0.2  A<B  404 INVITE  1  a/b
      0.3  A>B  ACK         1  a/b`,
    course: { state: 'rejected', end: 0.2, status: 404, by: 'callee' },
  },
  {
    name: 'a refusal that is repeated until the ACK comes ended the leg the first time',
    ladder: `
      0    A>B  INVITE      1  a
      0.2  A<B  503 INVITE  1  a/b
      0.7  A<B  503 INVITE  1  a/b
      1.7  A<B  503 INVITE  1  a/b
      1.8  A>B  ACK         1  a/b`,
    course: { state: 'rejected', end: 0.2, status: 503, by: 'callee', repeats: 2 },
  },
  {
    name: 'nothing answers at all',
    ladder: `
      0    A>B  INVITE  1  a
      0.5  A>B  INVITE  1  a
      1.5  A>B  INVITE  1  a`,
    course: { state: 'trying', repeats: 2 },
  },
  {
    name: 'a proxy tries one end after the other: the answer of the second counts',
    ladder: `
      0    A>P  INVITE      1  a
      0.1  P>B  INVITE      1  a
      2    P<B  486 INVITE  1  a/b
      2.1  P>B  ACK         1  a/b
      2.2  P>C  INVITE      1  a
      3    P<C  180 INVITE  1  a/c
      3.1  A<P  180 INVITE  1  a/c
      5    P<C  200 INVITE  1  a/c
      5.1  A<P  200 INVITE  1  a/c`,
    course: { state: 'in-call', ring: 3, answer: 5, status: 200 },
  },
  {
    name: 'a proxy tries the second end: the leg rings again',
    ladder: `
      0    A>P  INVITE      1  a
      0.1  P>B  INVITE      1  a
      2    P<B  486 INVITE  1  a/b
      2.1  P>B  ACK         1  a/b
      2.2  P>C  INVITE      1  a
      3    P<C  180 INVITE  1  a/c`,
    course: { state: 'ringing', ring: 3, status: 486 },
  },
  {
    name: 'a proxy found both ends busy: the leg ended with the second',
    ladder: `
      0    A>P  INVITE      1  a
      0.1  P>B  INVITE      1  a
      2    P<B  486 INVITE  1  a/b
      2.2  P>C  INVITE      1  a
      5    P<C  486 INVITE  1  a/c
      5.1  A<P  486 INVITE  1  a/c`,
    course: { state: 'busy', end: 5, status: 486, by: 'callee', refusedBy: '10.0.0.3' },
  },
]

const cancelledCalls: LadderCase[] = [
  {
    name: 'the caller gives up',
    ladder: `${RINGING}
      8    A>B  CANCEL      1  a
      8.1  A<B  200 CANCEL  1  a/b
      8.2  A<B  487 INVITE  1  a/b
      8.3  A>B  ACK         1  a/b`,
    course: { state: 'cancelled', ring: 1, end: 8.2, status: 487, by: 'caller' },
  },
  {
    name: 'a CANCEL whose 487 was not captured',
    ladder: `${RINGING}
      8    A>B  CANCEL      1  a
      8.1  A<B  200 CANCEL  1  a/b`,
    course: { state: 'cancelled', ring: 1 },
  },
  {
    name: 'a 487 whose CANCEL was not captured: only a caller is answered so',
    ladder: `${RINGING}
      8.2  A<B  487 INVITE  1  a/b`,
    course: { state: 'cancelled', ring: 1, end: 8.2, status: 487, by: 'caller' },
  },
  {
    name: 'a CANCEL that crosses the answer has no effect (RFC 3261 §9.1)',
    ladder: `${RINGING}
      3    A>B  CANCEL      1  a
      3.01 A<B  200 INVITE  1  a/b
      3.05 A<B  481 CANCEL  1  a
      3.1  A>B  ACK         1  a/b
      3.2  A>B  BYE         2  a/b
      3.3  A<B  200 BYE     2  a/b`,
    course: { state: 'completed', ring: 1, answer: 3.01, end: 3.2, status: 200, by: 'caller' },
  },
  {
    name: 'a CANCEL after the answer has no effect either',
    ladder: `${ANSWERED}
      3.2  A>B  CANCEL      1  a
      3.3  A<B  481 CANCEL  1  a`,
    course: { ...answered, state: 'in-call' },
  },
  {
    name: 'a CANCEL that crosses a refusal: what the callee said stands',
    ladder: `${RINGING}
      3    A>B  CANCEL      1  a
      3.01 A<B  486 INVITE  1  a/b
      3.1  A<B  481 CANCEL  1  a`,
    course: { state: 'busy', ring: 1, end: 3.01, status: 486, by: 'callee' },
  },
  {
    name: 'a proxy waited long enough: it cancels the callee and tells the caller 408 (Timer C)',
    ladder: `
      0     A>P  INVITE      1  a
      0.1   P>B  INVITE      1  a
      1     P<B  180 INVITE  1  a/b
      1.1   A<P  180 INVITE  1  a/b
      181   P>B  CANCEL      1  a
      181.1 P<B  200 CANCEL  1  a/b
      181.2 P<B  487 INVITE  1  a/b
      181.3 A<P  408 INVITE  1  a/p`,
    course: { state: 'rejected', ring: 1, end: 181.3, status: 408, by: 'callee' },
  },
  {
    name: 'a CANCEL that the called side does not take: its 408 is the final word',
    ladder: `${RINGING}
      8    A>B  CANCEL      1  a
      8.1  A<B  200 CANCEL  1  a/b
      40   A<B  408 INVITE  1  a/b`,
    course: { state: 'rejected', ring: 1, end: 40, status: 408, by: 'callee' },
  },
  {
    name: 'a BYE before the answer ends an early dialog (RFC 3261 §15)',
    ladder: `${RINGING}
      5    A>B  BYE         2  a/b
      5.1  A<B  200 BYE     2  a/b
      5.2  A<B  487 INVITE  1  a/b`,
    course: { state: 'cancelled', ring: 1, end: 5, status: 487, by: 'caller' },
  },
]

const TWO_RING = `
      0    A>P  INVITE      1  a
      0.1  P>B  INVITE      1  a
      0.1  P>C  INVITE      1  a
      1    P<B  180 INVITE  1  a/b
      1.1  P<C  180 INVITE  1  a/c`
const ONE_RINGS = `
      0    A>P  INVITE      1  a
      0.1  P>B  INVITE      1  a
      1    P<B  180 INVITE  1  a/b
      1.1  A<P  180 INVITE  1  a/b`

const branchesOfProxies: LadderCase[] = [
  {
    name: 'a proxy gives up by itself, and the 487 of its branch comes after its own 408',
    ladder: `${ONE_RINGS}
      30    P>B  CANCEL      1  a
      30.01 A<P  408 INVITE  1  a/p
      30.02 P<B  200 CANCEL  1  a/b
      30.03 P<B  487 INVITE  1  a/b`,
    course: { state: 'rejected', ring: 1, end: 30.01, status: 408, by: 'callee' },
  },
  {
    name: 'one end declines for all, captured behind the proxy that cancels the other',
    ladder: `
      0    P>B  INVITE      1  a
      0    P>C  INVITE      1  a
      1    P<B  180 INVITE  1  a/b
      3    P<C  603 INVITE  1  a/c
      3.01 P>B  CANCEL      1  a    | Reason: SIP;cause=603
      3.02 P<B  183 INVITE  1  a/b
      3.03 P<B  487 INVITE  1  a/b`,
    course: {
      state: 'rejected',
      ring: 1,
      end: 3,
      status: 603,
      by: 'callee',
      refusedBy: '10.0.0.3',
    },
  },
  {
    name: 'one end declines for all, and the 487 of the other comes last',
    ladder: `${TWO_RING}
      3    P<B  603 INVITE  1  a/b
      3.01 A<P  603 INVITE  1  a/b
      3.05 P>C  CANCEL      1  a
      3.07 P<C  487 INVITE  1  a/c`,
    course: {
      state: 'rejected',
      ring: 1,
      end: 3,
      status: 603,
      by: 'callee',
      refusedBy: '10.0.0.2',
    },
  },
  {
    name: 'a further proxy tries an end after the caller was told: that leads nowhere',
    ladder: `${TWO_RING}
      3    P<B  603 INVITE  1  a/b
      3.01 A<P  603 INVITE  1  a/b
      3.02 C>D  INVITE      1  a
      3.03 C<D  180 INVITE  1  a/d
      3.04 C<D  404 INVITE  1  a/d`,
    course: {
      state: 'rejected',
      ring: 1,
      end: 3,
      status: 603,
      by: 'callee',
      refusedBy: '10.0.0.2',
    },
  },
  {
    name: 'one end is busy and another rings on',
    ladder: `
      0    A>P  INVITE      1  a
      0.1  P>B  INVITE      1  a
      0.1  P>C  INVITE      1  a
      0.3  P<B  486 INVITE  1  a/b
      1    P<C  180 INVITE  1  a/c
      1.1  A<P  180 INVITE  1  a/c`,
    course: { state: 'ringing', ring: 1, status: 486 },
  },
  {
    name: 'one end is busy at once, another refuses later, and the caller is told of the first',
    ladder: `${TWO_RING}
      1.5  P<B  486 INVITE  1  a/b
      9    P<C  480 INVITE  1  a/c
      9.01 A<P  486 INVITE  1  a/b`,
    course: { state: 'busy', ring: 1, end: 9.01, status: 486, by: 'callee', refusedBy: '10.0.0.2' },
  },
  {
    name: 'an end that is over by 199 (RFC 6228) rings no more',
    ladder: `${TWO_RING}
      3    P<C  486 INVITE  1  a/c
      4    P<B  199 INVITE  1  a/b`,
    course: { state: 'busy', ring: 1, end: 3, status: 486, by: 'callee', refusedBy: '10.0.0.3' },
  },
  {
    name: 'a proxy cancels one end and hunts on: the caller has not given up',
    ladder: `${ONE_RINGS}
      20    P>B  CANCEL      1  a
      20.01 P>C  INVITE      1  a
      20.06 P<B  487 INVITE  1  a/b`,
    course: { state: 'ringing', ring: 1 },
  },
  {
    name: 'the caller gives up, and the proxy cancels its branch',
    ladder: `${ONE_RINGS}
      8     A>P  CANCEL      1  a
      8.01  P>B  CANCEL      1  a
      8.02  P<B  487 INVITE  1  a/b
      8.03  A<P  487 INVITE  1  a/b`,
    course: { state: 'cancelled', ring: 1, end: 8.02, status: 487, by: 'caller' },
  },
  {
    name: 'only what a proxy sent on was captured: each end that it tries tells what came of it',
    ladder: `
      0.1  P>B  INVITE      1  a
      0.1  P>C  INVITE      1  a
      0.3  P<B  486 INVITE  1  a/b
      1    P<C  180 INVITE  1  a/c
      20   P>C  CANCEL      1  a
      20.1 P<C  487 INVITE  1  a/c`,
    course: { state: 'cancelled', start: 0.1, ring: 1, end: 20.1, status: 487, by: 'caller' },
  },
]

const repeatedAttempts: LadderCase[] = [
  {
    name: 'redirected and not tried again',
    ladder: `
      0    A>B  INVITE      1  a
      0.5  A<B  302 INVITE  1  a/b
      0.6  A>B  ACK         1  a/b`,
    course: { state: 'redirected', end: 0.5, status: 302, by: 'callee' },
  },
  {
    name: 'redirected, tried again and answered',
    ladder: `
      0    A>B  INVITE      1  a
      0.5  A<B  302 INVITE  1  a/b
      0.6  A>B  ACK         1  a/b
      0.7  A>C  INVITE      2  a
      1    A<C  180 INVITE  2  a/c
      3    A<C  200 INVITE  2  a/c
      3.1  A>C  ACK         2  a/c
      9    A>C  BYE         3  a/c`,
    course: completed,
  },
  {
    name: 'redirected, tried again and ringing',
    ladder: `
      0    A>B  INVITE      1  a
      0.5  A<B  302 INVITE  1  a/b
      0.7  A>C  INVITE      2  a
      1    A<C  180 INVITE  2  a/c`,
    course: { state: 'ringing', ring: 1, status: 302 },
  },
  {
    name: 'challenged by the registrar, then answered',
    ladder: `
      0    A>B  INVITE      1  a
      0.1  A<B  401 INVITE  1  a/x
      0.2  A>B  ACK         1  a/x
      0.3  A>B  INVITE      2  a
      1    A<B  180 INVITE  2  a/b
      3    A<B  200 INVITE  2  a/b
      3.1  A>B  ACK         2  a/b
      9    A>B  BYE         3  a/b`,
    course: completed,
  },
  {
    name: 'challenged by a proxy, then refused',
    ladder: `
      0    A>B  INVITE      1  a
      0.1  A<B  407 INVITE  1  a/x
      0.2  A>B  ACK         1  a/x
      0.3  A>B  INVITE      2  a
      0.9  A<B  403 INVITE  2  a/b`,
    course: { state: 'rejected', end: 0.9, status: 403, by: 'callee' },
  },
  {
    name: 'challenged, and the caller does not try again',
    ladder: `
      0    A>B  INVITE      1  a
      0.1  A<B  407 INVITE  1  a/x
      0.2  A>B  ACK         1  a/x`,
    course: { state: 'challenged', end: 0.1, status: 407, by: 'callee' },
  },
  {
    name: 'challenged, and the second attempt is not answered',
    ladder: `
      0    A>B  INVITE      1  a
      0.1  A<B  407 INVITE  1  a/x
      0.2  A>B  ACK         1  a/x
      0.3  A>B  INVITE      2  a
      0.4  A<B  100 INVITE  2  a`,
    course: { state: 'trying', status: 407 },
  },
  {
    name: 'the challenge comes once more after the second attempt began',
    ladder: `
      0    A>B  INVITE      1  a
      0.1  A<B  401 INVITE  1  a/x
      0.3  A>B  INVITE      2  a
      0.6  A<B  401 INVITE  1  a/x
      1    A<B  180 INVITE  2  a/b`,
    course: { state: 'ringing', ring: 1, status: 401, repeats: 1 },
  },
  {
    name: 'challenged, and the second attempt is given up',
    ladder: `
      0    A>B  INVITE      1  a
      0.1  A<B  407 INVITE  1  a/x
      0.3  A>B  INVITE      2  a
      1    A<B  180 INVITE  2  a/b
      6    A>B  CANCEL      2  a
      6.1  A<B  200 CANCEL  2  a/b
      6.2  A<B  487 INVITE  2  a/b`,
    course: { state: 'cancelled', ring: 1, end: 6.2, status: 487, by: 'caller' },
  },
  {
    name: 'challenged twice, because the credentials were wrong',
    ladder: `
      0    A>B  INVITE      1  a
      0.1  A<B  401 INVITE  1  a/x
      0.3  A>B  INVITE      2  a
      0.4  A<B  401 INVITE  2  a/y`,
    course: { state: 'challenged', end: 0.4, status: 401, by: 'callee' },
  },
  {
    name: 'a caller gives up, tries the next end, and the 487 of the first comes late',
    ladder: `
      0    A>B  INVITE      1  a
      5    A>B  CANCEL      1  a
      5.1  A>C  INVITE      2  a
      5.2  A<B  487 INVITE  1  a/b
      6    A<C  180 INVITE  2  a/c`,
    course: { state: 'ringing', ring: 6 },
  },
  {
    name: 'the second attempt has another From tag, as some telephones make it',
    ladder: `
      0    A>B  INVITE      1  a1
      0.1  A<B  401 INVITE  1  a1/x
      0.3  A>B  INVITE      2  a2
      1    A<B  180 INVITE  2  a2/b
      3    A<B  200 INVITE  2  a2/b
      9    A>B  BYE         3  a2/b`,
    course: completed,
  },
]

const attemptsCountedAnew: LadderCase[] = [
  {
    name: 'refused, and tried elsewhere with another From tag and the CSeq of before',
    ladder: `
      0    A>B  INVITE      1  a1
      0.1  A<B  503 INVITE  1  a1/x
      0.3  A>C  INVITE      1  a2
      1    A<C  180 INVITE  1  a2/b
      3    A<C  200 INVITE  1  a2/b
      9    A>C  BYE         2  a2/b`,
    course: completed,
  },
  {
    name: 'nobody answers the first attempt, and the second has another From tag',
    ladder: `
      0    A>B  INVITE      7  a1
      0.5  A>B  INVITE      7  a1
      0.9  A>C  INVITE      1  a2
      1    A<C  180 INVITE  1  a2/b
      3    A<C  200 INVITE  1  a2/b
      9    A>C  BYE         2  a2/b`,
    course: { ...completed, repeats: 1 },
  },
  {
    name: 'a refusal of the first attempt that comes once more is none of the second',
    ladder: `
      0    A>B  INVITE      1  a1
      0.1  A<B  503 INVITE  1  a1/x
      0.3  A>C  INVITE      1  a2
      0.6  A<B  503 INVITE  1  a1/x
      1    A<C  180 INVITE  1  a2/b`,
    course: { state: 'ringing', ring: 1, status: 503, repeats: 1 },
  },
  {
    name: 'the end of the first attempt answers after all, and is hung up by its tag',
    ladder: `
      0    A>B  INVITE      7  a1
      0.9  A>C  INVITE      1  a2
      1    A<B  180 INVITE  7  a1/b
      3    A<B  200 INVITE  7  a1/b
      9    A>B  BYE         8  a1/b`,
    course: completed,
  },
  {
    name: 'another From tag from a further end is the same call on its way',
    ladder: `
      0    A>P  INVITE      1  a
      0.1  P>B  INVITE      1  p
      1    P<B  486 INVITE  1  p/b`,
    course: { state: 'trying' },
  },
  {
    name: 'another From tag after the answer begins nothing',
    ladder: `${ANSWERED}
      5    A>C  INVITE      1  a2
      5.1  A<C  486 INVITE  1  a2/c`,
    course: { ...answered, state: 'in-call' },
  },
]

testLadders('a refused call', refusedCalls)
testLadders('a call that was given up', cancelledCalls)
testLadders('a call that a proxy branched', branchesOfProxies)
testLadders('a call in several attempts', repeatedAttempts)
testLadders('an attempt that counts anew', attemptsCountedAnew)
