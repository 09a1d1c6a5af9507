package config

import (
	"fmt"
	"reflect"
)

// slack sets the Slack receivers from CLAUDEWATCH_SLACK_...: it adds one when the file has none, lets the environment win over the
// only one, and fills in what several of them leave out.
func (e *environment) slack(c *Config) {
	given := &Slack{}
	paths := e.givenSlack(given)
	if len(paths) == 0 {
		return
	}
	var all []int
	for i := range c.Receivers {
		if c.Receivers[i].Slack != nil {
			all = append(all, i)
		}
	}
	if len(all) == 0 && (given.credential() || given.Channel != "") {
		all = []int{len(c.Receivers)}
		c.Receivers = append(c.Receivers, Receiver{Slack: &Slack{}})
		e.origins[fmt.Sprintf("receivers[%d]", all[0])] = Origin{File: paths[0].env}
	}
	for _, i := range all {
		e.mergeSlack(fmt.Sprintf("receivers[%d].slack", i), c.Receivers[i].Slack, given, len(all) == 1)
	}
}

// slackVar is a key of a Slack receiver that the environment sets.
type slackVar struct{ key, env string }

// givenSlack reads the variables and returns the ones that are set.
func (e *environment) givenSlack(s *Slack) []slackVar {
	scratch := &environment{lookup: e.lookup, origins: map[string]Origin{}}
	v := reflect.ValueOf(s).Elem()
	keys := fieldsOf(v.Type())
	var set []slackVar
	for _, key := range keys.names {
		if name := envName("slack." + key); scratch.set(key, name, v.Field(keys.index[key])) {
			set = append(set, slackVar{key, name})
		}
	}
	return set
}

// mergeSlack puts what the environment gives into one receiver. A credential of the environment takes the place of all of the
// receiver's own: half of each would be neither.
func (e *environment) mergeSlack(path string, to, given *Slack, wins bool) {
	if given.credential() && (wins || !to.credential()) {
		to.Token, to.TokenFile, to.WebhookURL, to.WebhookURLFile = Secret{}, "", Secret{}, ""
		if given.Token.IsZero() && given.TokenFile == "" {
			to.Channel = "" // an incoming webhook knows its own
		}
		for _, key := range []string{"token_file", "webhook_url_file"} {
			delete(e.origins, path+"."+key)
		}
	} else {
		given = &Slack{Channel: given.Channel, APIURL: given.APIURL}
	}
	src, dst := reflect.ValueOf(given).Elem(), reflect.ValueOf(to).Elem()
	keys := fieldsOf(src.Type())
	for _, key := range keys.names {
		from, into := src.Field(keys.index[key]), dst.Field(keys.index[key])
		if !from.IsZero() && (wins || into.IsZero()) {
			into.Set(from)
			e.origins[path+"."+key] = Origin{File: envName("slack." + key)}
		}
	}
}

// credential reports whether the receiver has anything to post with.
func (s *Slack) credential() bool {
	token, hook := s.credentials()
	return token || hook
}
