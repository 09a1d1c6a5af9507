package claude

import (
	"bytes"
	"encoding/json"
)

// Opt is a value that may be unknown. The zero Opt is unknown. As JSON an unknown value is null, or left out under omitzero.
type Opt[T comparable] struct {
	value T
	known bool
}

// Some returns a known value.
func Some[T comparable](v T) Opt[T] { return Opt[T]{value: v, known: true} }

// Get returns the value and whether it is known.
func (o Opt[T]) Get() (T, bool) { return o.value, o.known }

// Known reports whether the value is known.
func (o Opt[T]) Known() bool { return o.known }

// Or returns the value, or alt when it is unknown. Use it for arithmetic, never to show or store a number.
func (o Opt[T]) Or(alt T) T {
	if o.known {
		return o.value
	}
	return alt
}

// IsZero reports that the value is unknown; encoding/json asks it for omitzero.
func (o Opt[T]) IsZero() bool { return !o.known }

// Equal reports whether both are unknown or both hold the same value.
func (o Opt[T]) Equal(p Opt[T]) bool { return o == p }

// MarshalJSON writes the value, or null when it is unknown.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.known {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON reads a value; null leaves it unknown.
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*o = Opt[T]{}
		return nil
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*o = Some(v)
	return nil
}

// fill returns o if it is known, else p.
func (o Opt[T]) fill(p Opt[T]) Opt[T] {
	if o.known {
		return o
	}
	return p
}
