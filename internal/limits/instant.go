package limits

import "time"

// instant is a time in nanoseconds since 1970: readings are many, and their times are compared and moved all the time.
type instant int64

// never is the instant of the zero time. It is before all others, so the later of two instants is the one that is known.
const never instant = -9e18

// at returns the instant of a time. Those that are centuries away are cut: nothing is told of them.
func at(t time.Time) instant {
	const far = 9e9 // seconds: the year 2255
	s := t.Unix()
	switch {
	case s <= -far:
		return never
	case s >= far:
		return -never
	}
	return instant(s*int64(time.Second) + int64(t.Nanosecond()))
}

func (i instant) time() time.Time {
	if i == never {
		return time.Time{}
	}
	return time.Unix(0, int64(i)).UTC()
}

func (i instant) add(d time.Duration) instant { return i + instant(d) }

func (i instant) sub(j instant) time.Duration { return time.Duration(i - j) }

// second returns the whole seconds since 1970 of an instant that is not before.
func (i instant) second() int64 { return int64(i) / int64(time.Second) }

// minute returns the whole minutes.
func (i instant) minute() int64 { return int64(i) / int64(time.Minute) }
