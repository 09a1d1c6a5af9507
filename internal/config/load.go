package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Options says what the configuration is checked against.
type Options struct {
	// Rules are the alert rules that there are. A configuration that names another one is refused.
	Rules []Rule
	// Metrics are the metrics that rules of the user's own may name, each with its labels. Nil means that any will do.
	Metrics map[string][]string
	// Environ looks up an environment variable, as os.Getenv does. Nil means that the environment is not read;
	// what a Slack receiver may still get from there is then a warning and no error.
	Environ func(string) string
}

// maxErrors is how many errors are told of one configuration. Nobody reads more, and a wrong file has thousands.
const maxErrors = 50

// Load reads the configuration from a file, or from nothing when path is "", and then from the environment, which wins. The error
// joins all that is wrong as [*Error]s; one for a file that can't be read wraps the cause.
func Load(path string, o Options) (*Config, error) {
	if path == "" {
		return Parse("", nil, o)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, data, o)
}

// Parse is Load for a configuration that has been read already; name stands for the file in errors.
func Parse(name string, data []byte, o Options) (*Config, error) {
	c := Default()
	c.rules, c.metrics, c.file = o.Rules, o.Metrics, name
	errs := c.readFile(data)
	if o.Environ != nil {
		errs = append(errs, c.applyEnv(o.Environ)...)
	}
	c.complete()
	errs = append(errs, c.faults()...)
	if len(errs) > 0 {
		return nil, join(errs)
	}
	return c, nil
}

// Validate checks the whole once more, after flags have changed it. The error joins all that is wrong as [*Error]s.
func (c *Config) Validate() error {
	c.complete()
	return join(c.faults())
}

// complete fills in the defaults of list entries, which Default can't know.
func (c *Config) complete() {
	for i := range c.Sources {
		if s := &c.Sources[i]; s.ReadFrom == "" {
			s.ReadFrom = Beginning
		}
	}
	for i := range c.Limits {
		l := &c.Limits[i]
		if _, given := c.origins[fmt.Sprintf("limits[%d].per", i)]; l.Per == 0 && !given {
			l.Per = Duration(time.Minute)
		}
	}
	c.completeRules()
}

// join makes one error of many, in the order of the file.
func join(errs []*Error) error {
	sortErrors(errs)
	if more := len(errs) - maxErrors; more > 0 {
		errs = append(errs[:maxErrors], &Error{File: errs[0].File, Msg: fmt.Sprintf("and %d more errors", more)})
	}
	list := make([]error, len(errs))
	for i, e := range errs {
		list[i] = e
	}
	return errors.Join(list...)
}
